"""The entry of a trainer in the table of trainers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from passgap.errors import EngineError
from passgap.lazy_imports import imported, needed_for
from passgap.ports import FineTuneJob, Trainer, TrainResult


@dataclass(frozen=True, kw_only=True)
class TrainerEntry:
    """A trainer for one kind of job. The trainer, and the libraries behind it, is imported when it is opened.

    Args:
        job: the record of the jobs that it trains; the default of its field ``kind`` is the entry's name.
        trainer: where the trainer is, as ``module:attribute``: a class that is called with a device and a dtype.
        result: the record of what comes of them.
        shares: whether several processes can share a job.
        requirement: what to give to ``pip install`` where a library is missing.
    """

    job: type[FineTuneJob]
    trainer: str
    result: type[TrainResult] = TrainResult
    shares: bool = False
    requirement: str = "passgap[local]"

    @property
    def name(self) -> str:
        """The kind of job."""
        return str(self.job.model_fields["kind"].default)

    def open(self, device: str, dtype: str) -> Trainer[Any]:
        """Open the trainer.

        Raises:
            EngineError: a library is not installed.
        """
        with needed_for("fine-tuning", self.requirement, EngineError):
            opened: Trainer[Any] = imported(self.trainer)(device=device, dtype=dtype)
        return opened
