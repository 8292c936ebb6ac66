"""Fine-tuning through TRL and PEFT, by the kind of job. Both are imported when a trainer is opened."""

from __future__ import annotations

from typing import Any

from passgap.errors import EngineError
from passgap.ports import Trainer
from passgap.registry import Registry, UnknownMemberError
from passgap.spec import ClusterSection
from passgap.trainers.base import TrainerEntry
from passgap.trainers.process import ProcessTrainer

TRAINERS: Registry[TrainerEntry] = Registry(
    package="passgap.trainers", attribute="TRAINER", group="passgap.trainers", noun="trainer"
)
"""The trainers by kind of job; other distributions add theirs under the entry-point group ``passgap.trainers``."""


def open_trainer(kind: str, device: str = "auto", dtype: str = "auto") -> Trainer[Any]:
    """Open the trainer for a kind of job, which trains in this process.

    Args:
        kind: one of :data:`TRAINERS`, as the field ``kind`` of a job says.
        device: ``cpu``, ``cuda``, ``mps``, or ``auto``.
        dtype: what the study's engine computes in; a fine-tune follows it.

    Raises:
        EngineError: there is no trainer for it, or the extra ``local`` is not installed.
    """
    return _entry(kind).open(device, dtype)


def open_process_trainer(
    kind: str,
    module: str,
    device: str = "auto",
    dtype: str = "auto",
    cluster: ClusterSection | None = None,
) -> Trainer[Any]:
    """Open a trainer that runs each job of a kind in a process of its own, or in one for each GPU.

    Args:
        kind: as for :func:`open_trainer`.
        module: the program of the process.
        device: as for :func:`open_trainer`.
        dtype: the same.
        cluster: where the sandbox's workers are, for a trainer that uses it; None for this machine.

    Raises:
        EngineError: there is no trainer for it.
    """
    return ProcessTrainer(_entry(kind), module, device, dtype, cluster)


def _entry(kind: str) -> TrainerEntry:
    try:
        return TRAINERS[kind]
    except UnknownMemberError as error:
        raise EngineError(error.summary, error.problems) from error


__all__ = ["TRAINERS", "open_process_trainer", "open_trainer"]
