"""Fine-tuning through TRL and PEFT, by the kind of job. Both are imported when a trainer is opened."""

from __future__ import annotations

from typing import Any

from passgap.errors import EngineError
from passgap.ports import Trainer
from passgap.registry import Registry, UnknownMemberError
from passgap.trainers.base import TrainerEntry

TRAINERS: Registry[TrainerEntry] = Registry(
    package="passgap.trainers", attribute="TRAINER", group="passgap.trainers", noun="trainer"
)
"""The trainers by kind of job; other distributions add theirs under the entry-point group ``passgap.trainers``."""


def open_trainer(kind: str, device: str = "auto", dtype: str = "auto") -> Trainer[Any]:
    """Open the trainer for a kind of job.

    Args:
        kind: one of :data:`TRAINERS`, as the field ``kind`` of a job says.
        device: ``cpu``, ``cuda``, ``mps``, or ``auto``.
        dtype: what the study's engine computes in; a fine-tune follows it.

    Raises:
        EngineError: there is no trainer for it, or the extra ``local`` is not installed.
    """
    try:
        entry = TRAINERS[kind]
    except UnknownMemberError as error:
        raise EngineError(error.summary, error.problems) from error
    return entry.open(device, dtype)


__all__ = ["TRAINERS", "open_trainer"]
