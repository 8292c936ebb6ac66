"""Rejection sampling: the base model is trained on those of its own samples that pass the tests of their problems.

It harvests successes that are too rare to amplify unfiltered, and needs a verifier: the pool's own tests. Its data are
filtered, so it is never called self-distillation.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from pydantic import Field, JsonValue

from passgap.arms.base import DeclaredStudy, Lab, Place, Work
from passgap.arms.self_training import Selection, SelfTrainingArm, SelfTrainingSection
from passgap.languages import LANGUAGES
from passgap.recipes import is_stub
from passgap.records import Problem
from passgap.spec import StudySpec

if TYPE_CHECKING:
    from passgap.arms.self_training.pool import PoolSamples

RULE = (
    "samples that pass all tests of their problem, run in the sandbox; at most {most} of a problem, and none twice "
    "before every distinct program of it was taken; dropped are also {dropped}"
)
"""The rule in words, as pre-registered."""


class RejectionSamplingSection(SelfTrainingSection):
    """Samples of the pool are run on its tests, and those that pass are trained on."""

    per_problem: int = Field(
        default=4, ge=1, description="The most samples of a problem, or easy problems fill the training data."
    )


class RejectionSampling(SelfTrainingArm[RejectionSamplingSection]):
    """Best of n by the pool's tests, capped for each problem, distinct programs first."""

    name = "rejection-sampling"
    caption = "rejection sampling"
    position = 30.0
    Section = RejectionSamplingSection

    def selection_rule(self, section: RejectionSamplingSection) -> str:
        """The samples that are taken, and how many of each problem."""
        dropped = "empty answers and stubs" if section.sampling.drop_stubs else "empty answers"
        return RULE.format(most=section.per_problem, dropped=dropped)

    def settings(self, section: RejectionSamplingSection) -> dict[str, JsonValue]:
        """The cap."""
        return {"per_problem": section.per_problem}

    def work(self, section: RejectionSamplingSection, spec: StudySpec, heldout: int, pool: int) -> tuple[Work, ...]:
        """Sampling the pool, running its tests, and training on what passes."""
        sampling, training = super().work(section, spec, heldout, pool)
        return sampling, replace(sampling, run=True, draw=False, title="run the pool's tests"), training

    def lacks(self, section: RejectionSamplingSection, study: DeclaredStudy, at: Place) -> Iterator[str]:
        """Refuse a pool whose problems cannot tell a sample that is right."""
        if not study.spec.alternatives.verifier:
            yield (
                f"{at('')}: `alternatives.verifier: false` says that the pool's problems carry no tests, and nothing "
                f"else can reject a sample. Name a pool with tests, or remove the arm."
            )
        untested = [each.id for each in study.splits.pool.problems if not _has_tests(each)]
        if untested:
            yield f"{at('')}: {len(untested)} pool problems carry no tests that can be run here, as {untested[0]}."

    def select(self, section: RejectionSamplingSection, pool: PoolSamples, lab: Lab) -> Selection:
        """Run the pool's tests, and take what passes."""
        from passgap.arms.self_training.selection import POOL  # noqa: PLC0415 - a study is checked without these
        from passgap.stages import cost_of  # noqa: PLC0415
        from passgap.stages.evaluation import run_samples  # noqa: PLC0415

        problems = tuple(pool.problems.values())
        ran = run_samples(POOL, pool.artifact, problems, pool.prompts, lab.executor, lab.stage)
        passed = {result.key: result.passed for result in ran.results()}
        dropped: Counter[str] = Counter(empty=0, stubs=0, failing=0, unscored=0)
        passing: dict[str, list[int]] = {}
        for position, (each, program) in enumerate(zip(pool.samples, pool.programs, strict=True)):
            outcome = passed.get(each.key)
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
        for name, positions in passing.items():
            language = LANGUAGES[pool.problems[name].language]
            kept += distinct_first(positions, [language.normal_form(pool.programs[each]) for each in positions])[
                : section.per_problem
            ]
        dropped["beyond_the_cap"] = sum(map(len, passing.values())) - len(kept)
        return Selection(tuple(sorted(kept)), dict(dropped), (cost_of(ran),))


def distinct_first(positions: Sequence[int], programs: Sequence[str]) -> list[int]:
    """Positions in an order in which each distinct program comes once before any comes twice."""
    seen: Counter[str] = Counter()
    rounds = []
    for position, program in zip(positions, programs, strict=True):
        rounds.append((seen[program], position))
        seen[program] += 1
    return [position for _, position in sorted(rounds)]


def _has_tests(problem: Problem) -> bool:
    """Whether a sample of a problem can be run on anything here."""
    if not LANGUAGES[problem.language].runs:
        return False
    said = (value for name, value in problem.tests if name in ("statements", "cases", "code"))
    return any(each.strip() if isinstance(each, str) else each for each in said)


ARM = RejectionSampling()
