"""Manifests: the description that a stage leaves in each artifact that it has finished, one record per kind.

A manifest is read leniently: fields that an earlier version did not write are at their defaults, and fields that this
version does not know, such as those of a later version or of an arm of another distribution, are kept as they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

from pydantic import ConfigDict, Field, JsonValue, ValidationError

from passgap.errors import StoreError
from passgap.messages import describe_errors
from passgap.records.base import Record
from passgap.records.identity import SCHEMA_VERSION


class Stage(StrEnum):
    """The kind of work that a cost belongs to."""

    SAMPLING = "sampling"
    SCORING = "scoring"
    TRAINING = "training"
    PROBES = "probes"
    SIGNAL = "signal"


KnownManifest = TypeVar("KnownManifest", bound="Manifest")


class Manifest(Record):
    """The fields that every manifest has; the artifact fills them in when it is finished."""

    model_config = ConfigDict(extra="allow")

    schema_version: int = SCHEMA_VERSION
    name: str = ""
    """Of the artifact."""
    digest: str = ""
    """Of the artifact's inputs."""
    order: int | None = None
    """How many artifacts of the study were complete before this one; None where an earlier version did not count."""

    @property
    def facts(self) -> Mapping[str, JsonValue]:
        """The fields that this record does not name, such as those that an arm adds."""
        return self.model_extra or {}

    def read_as(self, kind: type[KnownManifest]) -> KnownManifest:
        """Read the same manifest as one of another kind.

        Raises:
            StoreError: it lacks a field that this kind always has, or holds something else in its place.
        """
        try:
            return kind.model_validate(self.model_dump(mode="json", exclude_unset=True))
        except ValidationError as error:
            raise StoreError(
                f"the manifest of the artifact {self.name or self.digest or 'without a name'} cannot be read",
                [
                    f"{describe_errors(error.errors())}. It was damaged or edited: delete the artifact's folder, and run again."
                ],
            ) from error


class StageManifest(Manifest):
    """The manifest of a stage whose work is paid for."""

    stage: Stage | None = None
    """The kind of work; None where an earlier version did not write it down."""
    seconds: float = 0.0
    """Device-seconds, over all runs that contributed, killed ones included."""
    samples: int = 0
    """Samples drawn, scored, trained on or looked at."""
    tokens: int = 0
    """New tokens sampled, tokens trained on, or positions looked at."""
    prompt_tokens: int = 0
    """Tokens of prompts, counted for every sample, also where its prompt was read once for several."""


class SamplesManifest(StageManifest):
    """Samples that were drawn."""

    samples: int
    tokens: int
    truncated: int
    """Samples that ended at the token limit."""


class ResultsManifest(StageManifest):
    """Samples whose programs were run."""

    samples: int
    outcomes: dict[str, int]
    """How many samples ended in which outcome."""


class SignalManifest(StageManifest):
    """Positions at which a learning signal was computed."""


class ModelManifest(StageManifest):
    """A model that was fine-tuned. An arm adds what it knows of its examples (:attr:`facts`)."""

    examples: int
    steps: int
    tokens: int
    """Completion tokens on which a loss was taken, over all epochs."""
    losses: tuple[tuple[int, float], ...]
    """(step, mean loss in nats per token)."""
    dropped_too_long: int
    """Examples longer than ``max_length``, which were left out."""
    versions: dict[str, str] = Field(default_factory=dict)
    pass_tokens: int = 0
    """Completion tokens of one pass through all examples; 0 where an earlier version did not count them."""
    mixed_examples: int = 0
    """Of the examples, those that were mixed in."""
    mixed_tokens: int = 0
    """Of ``pass_tokens``, those of examples that were mixed in."""
    mixed_too_long: int = 0
    """Examples to mix in that were longer than ``max_length``, left out and replaced by the next ones."""
    checkpoint_digest: str | None = None
    """Of the checkpoint, which may be moved away or deleted later; None where an earlier version kept none."""


class TasksManifest(Manifest):
    """The problems that a study was measured on."""

    sets: dict[str, str]
    """The name of each task set, by its role."""
    counts: dict[str, int | bool]
    """How many problems and examples were removed, and whether answers are prefilled."""
