"""Fine-tuning through TRL and PEFT. Importing this package imports neither; opening a trainer does."""

from __future__ import annotations

from passgap.errors import EngineError
from passgap.ports import Trainer


def open_trainer(device: str = "auto", dtype: str = "auto") -> Trainer:
    """Return the supervised fine-tuner.

    Args:
        device: ``cpu``, ``cuda``, ``mps``, or ``auto``.
        dtype: what the study's engine computes in; a fine-tune follows it.

    Raises:
        EngineError: the extra ``local`` is not installed.
    """
    try:
        from passgap.trainers.sft import SupervisedTrainer  # noqa: PLC0415 - torch is loaded when it is needed
    except ImportError as error:
        raise EngineError(
            f"fine-tuning needs a library that is not installed: {error.name}",
            ["Install the extra that brings it: `pip install 'passgap[local]'`."],
        ) from error
    return SupervisedTrainer(device=device, dtype=dtype)


__all__ = ["open_trainer"]
