"""Rejection sampling: the base model is trained on those of its own samples that pass the tests of their problems.

It harvests successes that are too rare to amplify unfiltered, and needs a verifier: the pool's own tests, all of them
or the visible ones. Its data are filtered, so it is never called self-distillation.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from pydantic import Field, JsonValue

from passgap.arms.base import DeclaredStudy, Lab, Origin, Place, Work
from passgap.arms.self_training import Selection, SelfTrainingArm, SelfTrainingSection
from passgap.arms.self_training.pool_tests import lacks_tests
from passgap.arms.self_training.visible_tests import (
    JudgedSection,
    as_judged,
    audit_after,
    audit_before,
    hidden_rule,
    lacks_hidden_tests,
)
from passgap.arms.yields.minimums import SELECTED_SAMPLES
from passgap.languages import LANGUAGES
from passgap.recipes import is_stub
from passgap.records.yields import YieldForecast
from passgap.spec import StudySpec

if TYPE_CHECKING:
    from passgap.arms.self_training.pool import PoolSamples
    from passgap.estimates import Counts
    from passgap.stages.evaluation import Evaluation

RULE = (
    "samples that pass all tests of their problem, run in the sandbox; at most {most} of a problem, each distinct "
    "behaviour on the tests' inputs before one comes twice, and of each behaviour every distinct program before one "
    "comes twice; dropped are also {dropped}"
)
"""The rule in words, as pre-registered."""


class RejectionSamplingSection(SelfTrainingSection, JudgedSection):
    """Samples of the pool are run on its tests, and those that pass are trained on."""

    per_problem: int = Field(
        default=4, ge=1, description="The most samples of a problem, or easy problems fill the training data."
    )


class RejectionSampling(SelfTrainingArm[RejectionSamplingSection]):
    """Best of n by the pool's tests, capped for each problem, distinct behaviours first."""

    name = "rejection-sampling"
    caption = "rejection sampling"
    position = 30.0
    Section = RejectionSamplingSection
    origin = Origin.FILTERED_OWN
    minimum = SELECTED_SAMPLES

    def selection_rule(self, section: RejectionSamplingSection) -> str:
        """The samples that are taken, and how many of each problem."""
        dropped = "empty answers and stubs" if section.sampling.drop_stubs else "empty answers"
        return as_judged(RULE.format(most=section.per_problem, dropped=dropped), section)

    def settings(self, section: RejectionSamplingSection) -> dict[str, JsonValue]:
        """The cap, and which tests are hidden."""
        return {"per_problem": section.per_problem, **hidden_rule(section)}

    def work(self, section: RejectionSamplingSection, spec: StudySpec, heldout: int, pool: int) -> tuple[Work, ...]:
        """Sampling the pool, running its tests, and training on what passes."""
        sampling, training = super().work(section, spec, heldout, pool)
        return sampling, replace(sampling, run=True, draw=False, title="run the pool's tests"), training

    def forecast(self, section: RejectionSamplingSection, study: DeclaredStudy, counts: Counts) -> YieldForecast | None:
        """The samples that pass, up to the cap, of the problems that have one."""
        expected, drawn = self.expected(section, study, counts), section.sampling.per_prompt
        examples = expected.accepted(drawn, section.per_problem)
        return YieldForecast(
            arm=self.name,
            examples=examples,
            problems=expected.covered(drawn),
            steps=self.steps_forecast(section, examples),
        )

    def lacks(self, section: RejectionSamplingSection, study: DeclaredStudy, at: Place) -> Iterator[str]:
        """Refuse a pool whose problems cannot tell a sample that is right."""
        yield from lacks_tests(study, at(""), needs="reject a sample")
        yield from lacks_hidden_tests(section, study, at("tests"))

    def select(self, section: RejectionSamplingSection, pool: PoolSamples, lab: Lab) -> Selection:
        """Run the pool's tests, and take what passes."""
        from passgap.arms.self_training.scored_pool import score_pool  # noqa: PLC0415 - a study is checked without it

        scored = score_pool(pool, lab, tests=section.tests)
        dropped: Counter[str] = Counter(empty=0, stubs=0, failing=0, unscored=0)
        passing: dict[str, list[int]] = {}
        for position, (each, program) in enumerate(zip(pool.samples, pool.programs, strict=True)):
            outcome = scored.outcome(position)
            if not program.strip():
                dropped["empty"] += 1
            elif outcome is None:
                dropped["unscored"] += 1
            elif not outcome:
                dropped["failing"] += 1
            elif section.sampling.drop_stubs and is_stub(program, pool.problems[each.problem_id].language):
                dropped["stubs"] += 1
            else:
                passing.setdefault(each.problem_id, []).append(position)
        kept: list[int] = []
        earlier: list[int] = []
        for name, positions in passing.items():
            language = LANGUAGES[pool.problems[name].language]
            programs = [language.normal_form(pool.programs[each]) for each in positions]
            behaviours = [scored.behaviour(each) or program for each, program in zip(positions, programs, strict=True)]
            kept += distinct_first(positions, programs, behaviours)[: section.per_problem]
            earlier += distinct_first(positions, programs)[: section.per_problem]
        dropped["beyond_the_cap"] = sum(map(len, passing.values())) - len(kept)
        return Selection(
            tuple(sorted(kept)),
            dict(dropped),
            (scored.cost,),
            audit_before(section, scored, lab),
            earlier=tuple(sorted(earlier)) if set(earlier) != set(kept) else None,
        )

    def findings(
        self, section: RejectionSamplingSection, lab: Lab, evaluated: Evaluation
    ) -> tuple[tuple[str, str], ...]:
        """Whether training raised the passing of visible tests above that of hidden ones, on held-out problems."""
        return audit_after(section, lab, evaluated)


def distinct_first(
    positions: Sequence[int], programs: Sequence[str], behaviours: Sequence[str] | None = None
) -> list[int]:
    """Positions in an order in which each distinct behaviour comes once before any comes twice.

    Of each behaviour, every distinct program comes once before any comes twice.

    Args:
        positions: of the samples.
        programs: a text of each that is equal for equal programs.
        behaviours: a text of each that is equal for equal behaviours; by default all behave alike.
    """
    groups: dict[str, list[tuple[int, int]]] = {}
    seen: Counter[tuple[str, str]] = Counter()
    for position, program, behaviour in zip(positions, programs, behaviours or [""] * len(positions), strict=True):
        groups.setdefault(behaviour, []).append((seen[behaviour, program], position))
        seen[behaviour, program] += 1
    ranked = [
        (turn, repeated, position)
        for group in groups.values()
        for turn, (repeated, position) in enumerate(sorted(group))
    ]
    return [position for _, _, position in sorted(ranked)]


ARM = RejectionSampling()
