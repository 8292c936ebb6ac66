"""The manifest of a checkpoint: its files and all that its promotion rests on. Its hash is the checkpoint's id."""

from __future__ import annotations

from pydantic import Field, JsonValue

from passgap.decisions.promotion import Change
from passgap.probes import BatteryOutcome
from passgap.records import SCHEMA_VERSION, Decoding, Measured, Record, digest_of

SHORT = 12
"""Characters of an id that people are shown; it is found by any unambiguous beginning."""


class FileEntry(Record):
    """One file of a checkpoint."""

    name: str
    """Its path in the checkpoint's folder."""
    sha256: str
    bytes: int = Field(ge=0)


class Parent(Record):
    """A model that a checkpoint was trained from."""

    role: str
    """``base``, or ``round 1``."""
    digest: str
    """Of its weights, configuration and tokenizer."""


class RecipeOfCheckpoint(Record):
    """The registered recipe that a checkpoint was trained by."""

    registration: str
    """The hash of the ledger's entry."""
    spec: JsonValue
    """The pipeline spec as it was registered."""


class HeldOutResult(Record):
    """The measurement of a checkpoint on the held-out problems at production decoding."""

    pass_at_1: Measured
    decoding: Decoding
    changes: tuple[Change, ...] = ()
    """Against the base model, and of a second round against round 1. The base model has none."""
    contamination: str = ""
    """The comparison, and its outcome."""
    results: tuple[str, ...] = ()
    """The digests of the artifacts with the results."""


class CheckpointManifest(Record):
    """All that identifies a checkpoint. Where its files are, and which state it is in, is not part of it."""

    schema_version: int = SCHEMA_VERSION
    study: str
    study_digest: str
    model: str
    """The name of the base model."""
    arm: str
    """``base`` for the base model itself."""
    round: int = Field(default=1, ge=1, le=2)
    seed: int | None = None
    """Of its repetition; None for the base model and for second rounds, which are made from the first seed."""
    weights: str
    """The digest of its weights, configuration and tokenizer, as engines compute it."""
    files: tuple[FileEntry, ...]
    """Empty for a base model that only a server has."""
    parents: tuple[Parent, ...] = ()
    recipe: RecipeOfCheckpoint | None = None
    evaluation: HeldOutResult | None = None
    battery: BatteryOutcome | None = None
    gate: str | None = None
    """The hash of the ledger's entry with the gate's answer, of a second round."""
    licence: str
    rehearsal: bool = False

    @property
    def id(self) -> str:
        """The SHA-256 of the manifest's canonical JSON."""
        return digest_of(self)

    @property
    def bytes(self) -> int:
        """The size of its files together."""
        return sum(each.bytes for each in self.files)
