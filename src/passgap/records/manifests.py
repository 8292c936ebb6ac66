"""Manifests: the description that a stage writes into each artifact that it finishes, one record per kind of artifact.

A manifest is read leniently: fields that an earlier version did not write have their defaults, and unknown fields, such
as those of a later version or of an arm from another distribution, are kept.
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
from passgap.records.training import DosePoint, KeptModel


class Stage(StrEnum):
    """The kind of work that a cost belongs to."""

    SAMPLING = "sampling"
    SCORING = "scoring"
    TRAINING = "training"
    PROBES = "probes"
    SIGNAL = "signal"
    REFERENCE = "reference"
    RETRIEVAL = "retrieval"
    VERIFICATION = "verification"
    PROMPT_SEARCH = "prompt-search"
    ROLLOUTS = "rollouts"
    """Samples of a policy that are drawn while it is trained."""
    LIKELIHOOD = "likelihood"
    """How likely a model finds given completions, and how far it is from its base model on them."""
    FRONTIER = "frontier"
    """Base model and arms at several decodings, on development problems."""
    PILOT = "pilot"
    """Everything that the search for an arm's recipe took."""
    SECOND_ROUND = "second-round"
    """A second round as it was measured and judged."""
    FLOOR = "floor"
    """The score of doing nothing on the held-out problems."""
    JUDGING = "judging"
    """Judgements of a judge model on answers to the prompts of safety."""


KnownManifest = TypeVar("KnownManifest", bound="Manifest")


class Manifest(Record):
    """The fields of every manifest. The artifact fills them in when it is finished."""

    model_config = ConfigDict(extra="allow")

    schema_version: int = SCHEMA_VERSION
    name: str = ""
    """The artifact's name."""
    digest: str = ""
    """The digest of the artifact's inputs."""
    order: int | None = None
    """The number of artifacts of the study that were complete before this one; None in manifests of versions that did
    not count them."""

    @property
    def facts(self) -> Mapping[str, JsonValue]:
        """The fields that this record does not declare, such as those that an arm adds."""
        return self.model_extra or {}

    def read_as(self, kind: type[KnownManifest]) -> KnownManifest:
        """Read the manifest as a more specific kind.

        Raises:
            StoreError: it lacks a required field of this kind, or a field has a wrong value.
        """
        try:
            return kind.model_validate(self.model_dump(mode="json", exclude_unset=True))
        except ValidationError as error:
            raise StoreError(
                f"the manifest of the artifact {self.name or self.digest or 'without a name'} cannot be read",
                [f"{describe_errors(error.errors())}. Delete the artifact's folder, and run again."],
            ) from error


class StageManifest(Manifest):
    """The manifest of a stage whose cost is counted."""

    stage: Stage | None = None
    """The kind of work; None in manifests of versions that did not record it."""
    seconds: float = 0.0
    """Device-seconds of all runs that contributed, killed ones included."""
    samples: int = 0
    """Samples generated, scored, trained on or analysed."""
    tokens: int = 0
    """Tokens generated, tokens trained on, or positions analysed."""
    prompt_tokens: int = 0
    """Prompt tokens, counted for every sample, even if several samples shared one prefill."""
    external_prompt_tokens: int = 0
    external_tokens: int = 0
    """Tokens that a service outside of the study was sent and gave. They are in no seconds, and priced elsewhere."""
    external_money: float = 0.0
    """Their price, in the currency of the budget, where the stage knows it."""


class SamplesManifest(StageManifest):
    """The manifest of samples of a model."""

    samples: int
    tokens: int
    truncated: int
    """Samples that reached the token limit."""
    shard_speeds: tuple[float, ...] = ()
    """Tokens per second of each shard that the last run drew: their spread is that of the throughput."""


class ResultsManifest(StageManifest):
    """The manifest of results."""

    samples: int
    outcomes: dict[str, int]
    """The number of samples with each outcome."""


class SignalManifest(StageManifest):
    """The manifest of learning signals."""


class LikelihoodManifest(StageManifest):
    """The manifest of likelihoods or divergences. ``samples`` counts completions, ``tokens`` the positions of them."""


class JudgementsManifest(StageManifest):
    """The manifest of judgements. ``samples`` counts answers, and the seconds are those of waiting for the judge."""

    unjudged: int
    """Answers that the judge said nothing usable of."""


class PromptsManifest(StageManifest):
    """The manifest of changed prompts: how many got demonstrations, and why others got fewer."""

    documents: int
    """Solved problems that were searched."""
    found: int
    """Prompts for which at least one demonstration was found."""
    near_duplicates: int
    """Solved problems that were passed over because they are too close to the problem that is asked."""
    no_room: int
    """Demonstrations that were left out because the prompt would not have fitted into the model's context."""
    estimated: bool = False
    """Whether the tokens were estimated, because the engine does not count them before it samples."""


class SearchManifest(StageManifest):
    """The manifest of a search for an instruction. ``samples`` counts its metric calls, ``tokens`` what they wrote."""

    development: int
    """Problems that were searched on."""
    unscored: int
    """Metric calls that the sandbox could not score."""
    reflections: int
    """Answers of the reflector."""
    reflection_prompt_tokens: int
    reflection_tokens: int


class ModelManifest(StageManifest):
    """The manifest of a fine-tuned model. An arm adds facts about its examples (:attr:`Manifest.facts`)."""

    examples: int
    steps: int
    tokens: int
    """Completion tokens on which a loss was taken, over all epochs."""
    losses: tuple[tuple[int, float], ...]
    """(step, mean loss in nats per token)."""
    dropped_too_long: int
    """Examples that were left out because they exceed ``max_length``."""
    versions: dict[str, str] = Field(default_factory=dict)
    pass_tokens: int = 0
    """Completion tokens in one epoch; 0 in manifests of versions that did not count them."""
    mixed_examples: int = 0
    """The number of examples that were mixed in."""
    mixed_tokens: int = 0
    """The part of ``pass_tokens`` that belongs to examples that were mixed in."""
    mixed_too_long: int = 0
    """Examples to mix in that exceed ``max_length``: they were replaced by the following ones."""
    checkpoint_digest: str | None = None
    """The digest of the checkpoint, which may be deleted later; None in manifests of versions that did not record
    it."""
    rollouts: int = 0
    """Samples that the fine-tune itself drew and ran, in its seconds."""
    processes: int = 1
    """The number of processes that shared the fine-tune."""
    peak_memory_bytes: int | None = None
    """The most main memory that they held, in bytes; None where it was not measured."""
    peak_device_bytes: int | None = None
    """The most GPU memory that they reserved, in bytes; None without a GPU."""
    dose: tuple[DosePoint, ...] = ()
    """The loss on held-back examples in the course of the fine-tune."""
    held_back_examples: int = 0
    kept: tuple[KeptModel, ...] = ()
    """Models that were kept on the way, each in a folder of its share under ``checkpoints``; the last one is not among
    them."""
    trained_parameters: int = 0
    """The number of parameters that were trained; 0 in manifests of versions that did not count them."""


class TasksManifest(Manifest):
    """The manifest of the problems that a study was measured on."""

    sets: dict[str, str]
    """The name of each task set, by its role."""
    counts: dict[str, int | bool]
    """The numbers of removed problems and examples, and whether answers are prefilled."""
