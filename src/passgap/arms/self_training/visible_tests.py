"""Which tests of a problem judge the samples that an arm learns from: all of them, or a part that the rest audits."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

from pydantic import Field, JsonValue

from passgap.arms.self_training.pool_tests import HIDDEN_RULE, hidden_of
from passgap.records import Problem
from passgap.spec.section import Section

if TYPE_CHECKING:
    from passgap.arms.base import DeclaredStudy, Lab
    from passgap.arms.self_training.scored_pool import ScoredPool
    from passgap.stages.evaluation import Evaluation


class JudgedSection(Section):
    """The tests that judge samples of the pool."""

    tests: Literal["all", "visible"] = Field(
        default="all",
        description="The tests of a pool problem that judge its samples: all, or the visible ones. Then the last third "
        "of each problem's tests is hidden from training, and audits what was learned, before and after.",
    )


def hidden_rule(section: JudgedSection) -> dict[str, JsonValue]:
    """The rule by which tests are hidden, as a registered setting; none where all tests judge."""
    return {"hidden_tests": HIDDEN_RULE} if section.tests == "visible" else {}


def as_judged(rule: str, section: JudgedSection) -> str:
    """A rule in words that speaks of all tests of a problem, as this section means it."""
    if section.tests == "all":
        return rule
    return rule.replace("all tests", "all visible tests").replace("problem's tests", "problem's visible tests")


def lacks_hidden_tests(section: JudgedSection, study: DeclaredStudy, at: str) -> Iterator[str]:
    """Refuse an audit for which no problem has a test to spare.

    Args:
        section: of the arm.
        study: with its problems.
        at: the path of the setting.
    """
    if section.tests == "visible" and not any(hidden_of(each.tests) for each in study.splits.pool.problems):
        yield (
            f"{at}: no problem of the pool has a second test that can be run without the first, so that nothing can be "
            f"hidden. Name a pool with several tests each, or set `tests: all`."
        )


def audit_before(section: JudgedSection, scored: ScoredPool, lab: Lab) -> tuple[tuple[str, str], ...]:
    """Lines for a report on the pool's samples, before anything was trained; none where all tests judge."""
    from passgap.arms.self_training.audit import Audit  # noqa: PLC0415 - a study is checked without it

    if section.tests == "all":
        return ()
    problems: tuple[Problem, ...] = tuple(scored.pool.problems.values())
    return tuple(Audit(problems, (each for each in scored.results if each is not None)).before(lab.level))


def audit_after(section: JudgedSection, lab: Lab, evaluated: Evaluation) -> tuple[tuple[str, str], ...]:
    """Lines for a report on held-out problems: the base model, the arm and the change; none where all tests judge.

    Args:
        section: of the arm.
        lab: with the base model's evaluation.
        evaluated: the candidate's evaluation.
    """
    from passgap.arms.self_training.audit import Audit  # noqa: PLC0415 - a study is checked without it

    if section.tests == "all":
        return ()
    problems = lab.splits.heldout.problems
    return tuple(Audit(problems, lab.base.outcomes).after(Audit(problems, evaluated.outcomes), lab.level))
