"""Pair the pool's samples by their tests, and train on the pairs: what DPO and IPO do alike."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from typing import TYPE_CHECKING, Generic, TypeVar

from pydantic import JsonValue

from passgap.arms.base import Arm, Candidate, DeclaredStudy, Lab, Origin, Place, Work
from passgap.arms.preference.section import PreferenceSection, preference_config
from passgap.arms.preference.section import flags as flags_of
from passgap.arms.preference.section import refusals as refusals_of
from passgap.arms.self_training.pool_tests import lacks_tests
from passgap.arms.self_training.selection import POOL
from passgap.arms.self_training.visible_tests import as_judged, audit_after, hidden_rule, lacks_hidden_tests
from passgap.recipes import PAIR_RULE, Recipe, examples_seen, updates_of
from passgap.records import PreferenceLoss, digested
from passgap.records.yields import Minimum, YieldForecast, YieldOf
from passgap.spec import StudySpec
from passgap.spec.budget import Part
from passgap.spec.decoding import decoding_of
from passgap.spec.draft import DraftSections

if TYPE_CHECKING:
    from passgap.estimates import Counts
    from passgap.records import Measured
    from passgap.stages.evaluation import Evaluation
    from passgap.store import SamplesArtifact

S = TypeVar("S", bound=PreferenceSection)


class PreferenceArm(Arm[S], Generic[S]):
    """Trains the base model on pairs of a passing and a failing sample of its own; a subclass names the loss."""

    Section = PreferenceSection
    origin = Origin.FILTERED_OWN
    data_field = "pairs_path"
    data_in_pairs = True
    minimum = Minimum(
        of=YieldOf.PROBLEMS,
        amount=100,
        why="pairs of fewer problems, up to 4 of each, give at most 25 updates of 16 pairs, and at the rates that are "
        "usual for pairs these move hardly any answer to another problem",
    )

    @abstractmethod
    def loss(self, section: S) -> PreferenceLoss:
        """The loss on a pair."""

    def origin_of(self, section: S) -> Origin:
        """The model's own samples, or pairs from elsewhere."""
        return self.origin if section.pairs_path is None else Origin.EXTERNAL

    def data(self, section: S) -> str | None:
        """Pairs from elsewhere, where they are declared."""
        return section.pairs_path

    def refusals(self, section: S, study: DraftSections, at: Place) -> Iterator[str]:
        """Yield what gives no pairs as it is declared."""
        yield from refusals_of(section, study, at)

    def flags(self, section: S, study: DraftSections, at: Place) -> Iterator[str]:
        """Yield what is unusual in pairs and fine-tune."""
        yield from flags_of(section, at)

    def lacks(self, section: S, study: DeclaredStudy, at: Place) -> Iterator[str]:
        """Refuse a pool whose problems cannot tell which of two samples is better, and data without a pair."""
        if section.pairs_path is None:
            yield from lacks_tests(study, at(""), needs="tell the better one of two samples")
            yield from lacks_hidden_tests(section, study, at("tests"))
            return
        external = study.splits.external[self.name]
        if not external.data.examples:
            yield (
                f"{at('pairs_path')}: all {external.removed} pairs of {external.data.name} are too close to a held-out "
                f"problem, so that nothing may be trained on. Name other pairs."
            )

    def declared(self, section: S, spec: StudySpec) -> tuple[tuple[str, str], ...]:
        """How the pool is sampled for pairs, or where they are from."""
        if section.pairs_path is not None:
            return ((f"pairs of {self.name}", f"external data: {section.pairs_path}"),)
        decoding = decoding_of(section.sampling)
        text = (
            f"{section.sampling.per_prompt} per prompt, {decoding.label}, at most {decoding.max_new_tokens} new tokens "
            f"each, in at most {section.per_problem} pairs of a problem"
        )
        return ((f"training samples of {self.name}", text),)

    def work(self, section: S, spec: StudySpec, heldout: int, pool: int) -> tuple[Work, ...]:
        """Sampling the pool, running its tests, and training on as many pairs as there can be.

        A pair is two answers. The reference pass goes forward over each of them once, which is about a third of what
        an update takes, and is priced with the fine-tune.
        """
        samples, longest = pool * section.sampling.per_prompt, section.sampling.max_new_tokens
        pairs = pool * min(section.per_problem, section.sampling.per_prompt // 2)
        if section.pairs_path is not None:
            return (self._fine_tune(section, pool, None),)
        drawn = {"decoding": digested(decoding_of(section.sampling)), "per_prompt": section.sampling.per_prompt}
        sampling = Work(Part.SAMPLING, POOL, samples, longest=longest, title="sample the pool", made_from=drawn)
        running = Work(
            Part.SAMPLING,
            POOL,
            samples,
            longest=longest,
            run=True,
            draw=False,
            title="run the pool's tests",
            made_from=drawn,
        )
        return sampling, running, self._fine_tune(section, pairs, longest)

    def work_in(self, section: S, study: DeclaredStudy) -> tuple[Work, ...]:
        """The work, on the pairs that there are."""
        if section.pairs_path is None:
            return super().work_in(section, study)
        return (self._fine_tune(section, len(study.splits.external[self.name].data.examples), None),)

    def _fine_tune(self, section: S, pairs: int, longest: int | None) -> Work:
        config = preference_config(section.training)
        seen = 2 * examples_seen(pairs, config) + -(-2 * pairs // 3)
        longest = config.max_length if longest is None else longest
        updates = updates_of(pairs, config)
        return Work(Part.TRAINING, self.name, 2 * pairs, longest=longest, seen=seen, updates=updates, title="fine-tune")

    def forecast(self, section: S, study: DeclaredStudy, counts: Counts) -> YieldForecast | None:
        """The pairs of a pass and a failure that share no sample, up to the cap; or those from elsewhere."""
        from passgap.arms.yields.pool_yield import pool_yield  # noqa: PLC0415 - a study is checked without numerics
        from passgap.estimates.yields import known, transformed  # noqa: PLC0415

        config, problems = preference_config(section.training), None
        if section.pairs_path is not None:
            if self.name not in study.splits.external:
                return None
            there = len(study.splits.external[self.name].data.examples)
            pairs: Measured = known(there, counts, level=study.spec.thresholds.level)
        else:
            expected, drawn = pool_yield(study, counts), section.sampling.per_prompt
            problems, pairs = expected.mixed(drawn), expected.pairs(drawn, section.per_problem)
        steps = transformed(pairs, lambda amount: updates_of(round(amount), config))
        return YieldForecast(arm=self.name, problems=problems, pairs=pairs, steps=steps)

    def registered(self, section: S, study: DeclaredStudy) -> Recipe:
        """How the pool is sampled, which pairs are made, and how the model is trained on them."""
        settings: dict[str, JsonValue] = {
            "loss": self.loss(section).model_dump(mode="json"),
            "per_problem": section.per_problem,
        }
        if section.pairs_path is not None:
            from passgap.arms.preference.external_pairs import RULE, TARGET  # noqa: PLC0415 - checked without it

            external = study.splits.external[self.name]
            return Recipe(
                selection=RULE,
                training=preference_config(section.training),
                settings={
                    **settings,
                    "data_digest": external.data.digest,
                    "pairs": len(external.data.examples),
                    "removed": external.removed,
                    "target": TARGET,
                },
            )
        return Recipe(
            sampling=decoding_of(section.sampling),
            samples_per_prompt=section.sampling.per_prompt,
            selection=self.selection_rule(section),
            training=preference_config(section.training),
            settings={**settings, **hidden_rule(section)},
        )

    def selection_rule(self, section: S) -> str:
        """Which pairs are trained on, in words, as it is registered."""
        dropped = "empty answers and stubs" if section.sampling.drop_stubs else "empty answers"
        return f"{as_judged(PAIR_RULE, section)} and {dropped}; at most {section.per_problem} pairs of a problem"

    def sample(self, section: S, lab: Lab) -> SamplesArtifact:
        """Sample the base model on the pool."""
        from passgap.arms.self_training.pool import sample_pool  # noqa: PLC0415 - a study is checked without it

        if section.pairs_path is not None:
            return super().sample(section, lab)
        return sample_pool(lab, self.registered(section, lab)).artifact

    def produce(self, section: S, lab: Lab) -> Candidate:
        """Train on the pairs; what is on disk is not sampled or trained again."""
        from passgap.arms.preference.external_pairs import external_pairs  # noqa: PLC0415 - checked without these
        from passgap.arms.preference.optimise import optimise  # noqa: PLC0415
        from passgap.arms.preference.pool_pairs import pool_pairs  # noqa: PLC0415

        registration = lab.registration(self.name)
        recipe = self.registered(section, lab)
        if section.pairs_path is not None:
            data = external_pairs(self.name, lab, most=section.per_problem)
        else:
            data = pool_pairs(self.name, lab, recipe, section)
        return optimise(self.name, recipe, self.loss(section), data, registration.hash, lab)

    def findings(self, section: S, lab: Lab, evaluated: Evaluation) -> tuple[tuple[str, str], ...]:
        """Whether training raised the passing of visible tests above that of hidden ones, on held-out problems."""
        return audit_after(section, lab, evaluated) if section.pairs_path is None else ()
