"""Sample the pool, select, train under the registration: what all arms that train on own samples do alike."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Generic, TypeVar

from pydantic import JsonValue

from passgap.arms.base import Arm, Candidate, DeclaredStudy, Lab, Place, Work
from passgap.arms.self_training.section import SelfTrainingSection
from passgap.arms.self_training.section import flags as flags_of
from passgap.arms.self_training.section import refusals as refusals_of
from passgap.arms.self_training.selection import POOL, Selection
from passgap.recipes import (
    MIX_RULE,
    Recipe,
    examples_seen,
    mixed_among,
    problems_held_back,
    training_config,
    updates_of,
)
from passgap.records import digested
from passgap.records.yields import Minimum, YieldForecast, YieldOf
from passgap.spec import StudySpec
from passgap.spec.budget import Part
from passgap.spec.decoding import decoding_of
from passgap.spec.draft import DraftSections

if TYPE_CHECKING:
    from passgap.arms.self_training.pool import PoolSamples
    from passgap.estimates import Counts, PoolYield
    from passgap.records import Measured
    from passgap.store import SamplesArtifact

S = TypeVar("S", bound=SelfTrainingSection)


class SelfTrainingArm(Arm[S], Generic[S]):
    """Trains the base model on samples of its own; a subclass says which."""

    Section = SelfTrainingSection
    searchable = True
    minimum = Minimum(of=YieldOf.PROBLEMS, amount=1, why="there would be nothing to train on")

    @abstractmethod
    def selection_rule(self, section: S) -> str:
        """Which samples are trained on, in words, as it is registered."""

    @abstractmethod
    def select(self, section: S, pool: PoolSamples, lab: Lab) -> Selection:
        """Choose the samples to train on."""

    def settings(self, section: S) -> dict[str, JsonValue]:
        """The settings that the selection reads besides those that every such arm has."""
        return {}

    def versions(self, section: S) -> dict[str, str]:
        """The versions of the tools that the selection depends on, by name."""
        return {}

    def refusals(self, section: S, study: DraftSections, at: Place) -> Iterator[str]:
        """Yield what cannot be sampled or trained as it is declared."""
        yield from refusals_of(section, study, at)

    def flags(self, section: S, study: DraftSections, at: Place) -> Iterator[str]:
        """Yield what is unusual in sampling and training."""
        yield from flags_of(section, study, at)

    def mix(self, section: S, pool: int) -> tuple[str, float, int] | None:
        """The instruction data to mix in beside every sample of the pool."""
        training = section.training
        if not training.mix_ratio or training.mix_path is None:
            return None
        return training.mix_path, training.mix_ratio, pool * section.sampling.per_prompt

    def declared(self, section: S, spec: StudySpec) -> tuple[tuple[str, str], ...]:
        """How the pool is sampled."""
        decoding = decoding_of(section.sampling)
        text = (
            f"{section.sampling.per_prompt} per prompt, {decoding.label}, at most {decoding.max_new_tokens} new tokens"
        )
        return ((self._sampling_label, text),)

    @property
    def _sampling_label(self) -> str:
        return f"training samples of {self.name}"

    def work(self, section: S, spec: StudySpec, heldout: int, pool: int) -> tuple[Work, ...]:
        """Sampling the pool, and training on all of it with what is mixed in."""
        samples, longest = pool * section.sampling.per_prompt, section.sampling.max_new_tokens
        seen = examples_seen(self.examples(section, pool), training_config(section.training))
        updates = self.updates(section, pool)
        drawn = {"decoding": digested(decoding_of(section.sampling)), "per_prompt": section.sampling.per_prompt}
        return (
            Work(Part.SAMPLING, POOL, samples, longest=longest, title="sample the pool", made_from=drawn),
            Work(Part.TRAINING, self.name, samples, longest=longest, seen=seen, updates=updates, title="fine-tune"),
        )

    def examples(self, section: S, pool: int) -> int:
        """Examples of one pass, if every sample of the pool is trained on that may be, with what is mixed in."""
        trained = pool - problems_held_back(pool, training_config(section.training))
        return self._with_mixed(section, trained * section.sampling.per_prompt)

    def _with_mixed(self, section: S, own: int) -> int:
        """Own examples with what is mixed in."""
        ratio = section.training.mix_ratio
        return own + (mixed_among(own, ratio) if ratio else 0)

    def updates(self, section: S, pool: int) -> int:
        """Updates of the fine-tune, if every sample of the pool is trained on."""
        return updates_of(self.examples(section, pool), training_config(section.training))

    def forecast(self, section: S, study: DeclaredStudy, counts: Counts) -> YieldForecast | None:
        """Every sample that is not dropped as empty or a stub: at least those that pass, at most all."""
        from passgap.estimates.yields import at_most  # noqa: PLC0415 - a study is checked without numerics

        expected, drawn = self.expected(section, study, counts), section.sampling.per_prompt
        examples = at_most(expected.problems * drawn, expected.accepted(drawn))
        return YieldForecast(
            arm=self.name,
            examples=examples,
            problems=at_most(expected.problems, expected.covered(drawn)),
            steps=self.steps_forecast(section, examples),
        )

    def expected(self, section: S, study: DeclaredStudy, counts: Counts) -> PoolYield:
        """The yield of the pool, less the problems that are held back from training."""
        from passgap.arms.yields.pool_yield import pool_yield  # noqa: PLC0415 - a study is checked without numerics

        aside = problems_held_back(len(study.splits.pool.problems), training_config(section.training))
        return pool_yield(study, counts, held_back=aside)

    def steps_forecast(self, section: S, examples: Measured) -> Measured:
        """The updates of a fine-tune on so many own examples, with what is mixed in."""
        from passgap.estimates.yields import transformed  # noqa: PLC0415 - a study is checked without numerics

        config = training_config(section.training)
        return transformed(examples, lambda own: updates_of(self._with_mixed(section, round(own)), config))

    def registered(self, section: S, study: DeclaredStudy) -> Recipe:
        """How the pool is sampled, which samples are taken, and how the model is trained on them."""
        mix = study.splits.mix if section.training.mix_ratio else None
        return Recipe(
            sampling=decoding_of(section.sampling),
            samples_per_prompt=section.sampling.per_prompt,
            selection=self.selection_rule(section),
            training=training_config(section.training),
            mix_ratio=section.training.mix_ratio,
            mix_digest=mix.digest if mix else None,
            mix_examples=len(mix.examples) if mix else 0,
            mix_removed=study.splits.mix_removed if mix else 0,
            mix_rule=MIX_RULE if mix else None,
            settings=self.settings(section),
            versions=self.versions(section),
        )

    def sample(self, section: S, lab: Lab) -> SamplesArtifact:
        """Sample the base model on the pool."""
        from passgap.arms.self_training.pool import sample_pool  # noqa: PLC0415 - a study is checked without it

        return sample_pool(lab, self.registered(section, lab)).artifact

    def produce(self, section: S, lab: Lab) -> Candidate:
        """Train on the selected samples; what is on disk is not sampled or trained again."""
        from passgap.arms.self_training.fine_tune import fine_tune  # noqa: PLC0415 - a study is checked without it

        return fine_tune(self.name, self.registered(section, lab), partial(self.select, section, lab=lab), lab)
