"""The kinds of artifact: samples, results, models, learning signals, likelihoods, changed prompts, a study's problems.

An artifact object reads its samples or results from disk at most once, and not at all if a stage has just written them.
Stages pass the object on, with its samples grouped by problem.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Generic, TypeVar

from passgap.records import (
    Divergence,
    JudgedAnswer,
    JudgementsManifest,
    Likelihood,
    LikelihoodManifest,
    ModelManifest,
    PromptsManifest,
    Record,
    Result,
    ResultsManifest,
    Sample,
    SamplesManifest,
    SampleText,
    SearchManifest,
    SignalManifest,
    StageManifest,
    TasksManifest,
    TemperedLikelihood,
)
from passgap.store.artifacts import Artifact
from passgap.store.record_lines import read_records
from passgap.store.results import read_results
from passgap.store.samples import read_sample_texts, read_samples
from passgap.store.shards import Shards

KEPT = "checkpoints"
"""The folder of an artifact that holds the models which its fine-tune kept on the way."""

_SAMPLES, _RESULTS = "parquet", "jsonl"
_ROWS = _RESULTS

RowT = TypeVar("RowT", bound=Record)
"""The suffixes of shards."""


class SamplesArtifact(Artifact):
    """The samples of one model, in Parquet shards."""

    kind = "samples"
    binding = ("prompts", "problems", "decoding", "per_prompt", "seed", "engine.model_digest")

    @property
    def manifest(self) -> SamplesManifest:
        return super().manifest.read_as(SamplesManifest)

    def shard_path(self, number: int) -> Path:
        """The file of a shard. It exists if and only if the shard is finished."""
        return self.shard(number, _SAMPLES)

    def open_shards(self, count: int) -> Shards[SampleText]:
        """Set the number of shards, for the stage that generates them."""
        self.texts = Shards(self.shard_path, read_sample_texts, count)
        return self.texts

    @cached_property
    def texts(self) -> Shards[SampleText]:
        """The samples without their tokens, by shard."""
        return self.open_shards(len(self.shards(_SAMPLES)))

    @cached_property
    def by_problem(self) -> Mapping[str, tuple[SampleText, ...]]:
        """The samples of each problem without their tokens, ordered by index."""
        grouped: dict[str, list[SampleText]] = {}
        for shard in self.texts:
            for each in shard:
                grouped.setdefault(each.problem_id, []).append(each)
        return {name: tuple(samples) for name, samples in grouped.items()}

    def samples(self) -> Iterator[Sample]:
        """Read every sample with its tokens, shard by shard. They are not kept in memory."""
        for shard in self.shards(_SAMPLES):
            yield from read_samples(shard)


class ResultsArtifact(Artifact):
    """The outcomes of samples whose programs were run, in shards of JSON lines."""

    kind = "results"
    binding = ("samples",)

    @property
    def manifest(self) -> ResultsManifest:
        return super().manifest.read_as(ResultsManifest)

    def shard_path(self, number: int) -> Path:
        """The file of a shard. It exists if and only if the shard is finished."""
        return self.shard(number, _RESULTS)

    def open_shards(self, count: int) -> Shards[Result]:
        """Set the number of shards, for the stage that writes them."""
        self.by_shard = Shards(self.shard_path, lambda path: tuple(read_results(path)), count)
        return self.by_shard

    @cached_property
    def by_shard(self) -> Shards[Result]:
        """The results, by shard."""
        return self.open_shards(len(self.shards(_RESULTS)))

    def results(self) -> Iterator[Result]:
        """Every result, in the order of the shards."""
        for shard in self.by_shard:
            yield from shard


class ModelArtifact(Artifact):
    """A fine-tuned model: a checkpoint in Hugging Face layout."""

    kind = "model"
    binding = ("registration",)

    @property
    def manifest(self) -> ModelManifest:
        return super().manifest.read_as(ModelManifest)

    @property
    def checkpoint(self) -> Path:
        """The folder of the tuned model."""
        return self.path("checkpoint")

    @property
    def kept(self) -> Path:
        """The folder of the models that its fine-tune kept on the way, each under its share of the updates."""
        return self.path(KEPT)


class SignalArtifact(Artifact):
    """The learning signals of sampling settings, as JSON."""

    kind = "signal"
    binding = ("model",)

    @property
    def manifest(self) -> SignalManifest:
        return super().manifest.read_as(SignalManifest)


class GivenTokensArtifact(Artifact, Generic[RowT]):
    """A record for each of given completions, in shards of JSON lines."""

    row: type[RowT]
    """The type of the records."""

    @property
    def manifest(self) -> LikelihoodManifest:
        return super().manifest.read_as(LikelihoodManifest)

    def shard_path(self, number: int) -> Path:
        """The file of a shard. It exists if and only if the shard is finished."""
        return self.shard(number, _ROWS)

    @cached_property
    def rows(self) -> tuple[RowT, ...]:
        """Every completion's record."""
        return tuple(read_records(self.shards(_ROWS), self.row))


class LikelihoodsArtifact(GivenTokensArtifact[Likelihood]):
    """How likely a model finds given completions."""

    kind = "likelihoods"
    binding = ("engine.model_digest",)
    row = Likelihood


class DivergencesArtifact(GivenTokensArtifact[Divergence]):
    """How far a model is from its base model on given completions."""

    kind = "divergences"
    binding = ("engine.model_digest", "base.model_digest")
    row = Divergence


class TemperedArtifact(GivenTokensArtifact[TemperedLikelihood]):
    """How likely a model finds given completions at several temperatures."""

    kind = "tempered"
    binding = ("engine.model_digest",)
    row = TemperedLikelihood


class JudgementsArtifact(Artifact):
    """Judgements of a judge model on a model's answers, in shards of JSON lines."""

    kind = "judgements"
    binding = ("answers", "judge.model", "judge.device")
    FAULT = "fault.json"
    """Why the last run could not finish it."""

    @property
    def manifest(self) -> JudgementsManifest:
        return super().manifest.read_as(JudgementsManifest)

    def shard_path(self, number: int) -> Path:
        """The file of a shard. It exists if and only if the shard is finished."""
        return self.shard(number, _ROWS)

    @property
    def rows(self) -> tuple[JudgedAnswer, ...]:
        """The judgements that there are, those of an artifact that is not complete too."""
        return tuple(read_records(self.shards(_ROWS), JudgedAnswer))


class TrialArtifact(Artifact):
    """One recipe at one rung of a search, as it was measured, or a finished search, as JSON."""

    kind = "trial"
    binding = ("pilot",)


class PromptsArtifact(Artifact):
    """The demonstrations that were chosen for prompts, as JSON."""

    kind = "prompts"
    binding = ("documents", "questions", "most", "style", "model")

    @property
    def manifest(self) -> PromptsManifest:
        return super().manifest.read_as(PromptsManifest)


class SearchArtifact(Artifact):
    """A search for an instruction: all its calls as JSON lines, and what was found."""

    kind = "search"
    binding = ("registration",)

    @property
    def manifest(self) -> SearchManifest:
        return super().manifest.read_as(SearchManifest)


class FrontierArtifact(Artifact):
    """The decoding frontier of a study as it was measured and judged, as JSON."""

    kind = "frontier"
    binding = ("settings",)

    @property
    def manifest(self) -> StageManifest:
        return super().manifest.read_as(StageManifest)


class RoundArtifact(Artifact):
    """A second round as it was measured and judged, as JSON."""

    kind = "round"
    binding = ("begun",)

    @property
    def manifest(self) -> StageManifest:
        return super().manifest.read_as(StageManifest)


class TasksArtifact(Artifact):
    """The problems of a study as they were when they were measured."""

    kind = "tasks"

    @property
    def manifest(self) -> TasksManifest:
        return super().manifest.read_as(TasksManifest)
