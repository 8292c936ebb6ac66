"""The pipeline spec: everything that a run of an arm is bound to, as it is pre-registered."""

from __future__ import annotations

from typing import Any

from pydantic import Field, JsonValue, SerializerFunctionWrapHandler, model_serializer

from passgap.probes import FIRST_PROBES
from passgap.records import Decoding, Record, TrainConfig, digest_of
from passgap.spec.fine_tuning import FineTuneSection
from passgap.spec.problem_sets import TaskSource
from passgap.spec.thresholds import ThresholdsSection

FULL_LEARNING_RATE = 2e-5
LORA_LEARNING_RATE = 2e-4
"""Ten times that for all weights, whatever the rank ("LoRA Without Regret", Schulman et al. 2025)."""


class Recipe(Record):
    """An arm's own part of a pipeline spec: what it reads of the study to make its candidate, and nothing else."""

    sampling: Decoding | None = None
    """Of the samples that are trained on."""
    samples_per_prompt: int | None = None
    selection: str | None = None
    """Which of them are trained on, in words."""
    training: TrainConfig | None = None
    mix_ratio: float = 0.0
    mix_digest: str | None = None
    """Of the examples that can be mixed in, less those too close to a held-out problem; None where nothing is."""
    mix_examples: int = 0
    mix_removed: int = 0
    mix_rule: str | None = None
    settings: dict[str, JsonValue] = Field(default_factory=dict)
    """Whatever else the arm reads, by name."""
    versions: dict[str, str] = Field(default_factory=dict)
    """Of the tools that decide what is trained on, by name."""


class PipelineSpec(Record):
    """The plan of a pipeline, written down before it is carried out: the arm's recipe, and what all arms share."""

    arm: str
    base_model: str
    base_digest: str
    pool: TaskSource
    pool_digest: str
    pool_problems: int
    pool_removed: int
    """Pool problems removed because they are too close to a held-out problem."""
    contamination_digest: str
    sampling: Decoding | None
    samples_per_prompt: int | None
    seed: int
    selection: str | None
    training: TrainConfig | None
    mix_ratio: float
    battery: dict[str, float]
    """Its tolerances by key, fractions of 1; a later key that is not there is at its default."""
    probe_sets: dict[str, str]
    """The digest of each of the battery's prompt sets by name."""
    heldout: TaskSource
    heldout_digest: str
    heldout_problems: int
    evaluation: Decoding
    samples_per_problem: int
    ks: tuple[int, ...]
    thresholds: ThresholdsSection
    mix_digest: str | None = None
    mix_examples: int = 0
    mix_removed: int = 0
    mix_rule: str | None = None
    probes: tuple[str, ...] = FIRST_PROBES
    """The names of the battery's probes."""
    settings: dict[str, JsonValue] = Field(default_factory=dict)
    """Of the recipe, whatever has no field of its own here. Left out where there is nothing."""
    seeds: tuple[int, ...] = ()
    """The root seeds that the arm is repeated with: each checkpoint is registered here before it is trained. Left out
    where the study's seed is the only one."""
    versions: dict[str, str] = Field(default_factory=dict)
    """Of the tools that decide what is trained on. Left out where there are none."""

    @model_serializer(mode="wrap")
    def _without_nothing(self, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
        written: dict[str, Any] = dump(self)
        for name in ("settings", "seeds", "versions"):
            if not getattr(self, name):
                written.pop(name, None)
        return written

    @property
    def digest(self) -> str:
        """The hash that training checks against the ledger."""
        return digest_of(self)

    def changes_from(self, registered: PipelineSpec) -> list[str]:
        """Name every field that differs from a registered spec, with both values."""
        mine, theirs = self.model_dump(mode="json"), registered.model_dump(mode="json")
        return [
            f"{name}: registered {theirs.get(name)!r}, now {mine.get(name)!r}"
            for name in sorted(mine.keys() | theirs.keys())
            if mine.get(name) != theirs.get(name)
        ]


def default_learning_rate(method: str) -> float:
    """The peak rate where the study names none: inside the customary range of each method."""
    return FULL_LEARNING_RATE if method == "full" else LORA_LEARNING_RATE


def training_config(section: FineTuneSection) -> TrainConfig:
    """The trainer's configuration that a study's section stands for: the fields that the section has by their names."""
    declared = {name: getattr(section, name) for name in type(section).model_fields if name in TrainConfig.model_fields}
    return TrainConfig.model_validate(
        {
            **declared,
            "learning_rate": section.learning_rate or default_learning_rate(section.method),
            "lora_alpha": section.lora_alpha or 2 * section.lora_rank,
        }
    )
