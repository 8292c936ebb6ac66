"""Training elsewhere: what is handed over, and what is declared of the checkpoint that comes back."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from passgap.ports.trainers import TrainResult
from passgap.records import Record


class ExportRequest(Record):
    """A request for an export: the facts that are written beside the job, and where to."""

    format: str
    """The name of the target (:data:`passgap.trainers.exports.EXPORTS`)."""
    folder: Path
    study: str
    arm: str
    base_model: str
    """As the study names it."""
    base_digest: str
    registration: str
    """The hash of the arm's registration in the ledger."""


class Export(Record):
    """The outcome of an export."""

    folder: Path
    files: tuple[str, ...]
    """Relative to the folder."""
    examples: int
    """Examples, pairs or prompts that are trained on."""
    dropped_too_long: int = 0
    loss_tokens: int = 0
    """Tokens of one pass on which a loss is taken; 0 where the samples are drawn while training."""


class DeclaredTraining(Record):
    """A checkpoint that was trained elsewhere, with what is declared of its training."""

    checkpoint: Path
    """A model folder in Hugging Face layout, or one of LoRA adapters for the base model."""
    hours: float = Field(gt=0.0, allow_inf_nan=False)
    """Device-hours."""
    device: str | None = None
    log: Path | None = None
    """The trainer's log of its losses."""


class ImportedResult(TrainResult):
    """The result of a fine-tune that was run elsewhere: counts are those of the registered job, hours are declared."""

    pass_tokens: int = 0
    """Completion tokens in one epoch."""
    imported: dict[str, str | float | None] = Field(default_factory=dict)
    """The declaration: source, hours, device, log, and the hash of the checkpoint as it was given."""
