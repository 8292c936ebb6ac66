"""The stopping rule: problems are added until a verdict is decisive, only at declared looks and at their level."""

from __future__ import annotations

import math

from passgap.decisions.classify import VerdictKind
from passgap.decisions.verdict import Verdict
from passgap.errors import StudyError
from passgap.estimates import LookPlan
from passgap.records import Record


class NextLook(Record):
    """Whether to stop, or how many problems the next look has."""

    stop: bool
    problems: int | None
    """Of the next look, in all; None when stopping."""
    why: str


def decide_next_look(verdict: Verdict, measured: int, plan: LookPlan) -> NextLook:
    """Stop at a decisive verdict or after the last declared look; otherwise name the size of the next.

    Args:
        verdict: on the problems measured so far, from intervals at ``plan.level_each``.
        measured: how many problems those are.
        plan: the looks, declared before the first.

    Raises:
        StudyError: this look was not declared, or its intervals have another level: then nothing could be promised.
    """
    problems = []
    if measured not in plan.problems:
        looks = ", ".join(map(str, plan.problems))
        problems.append(f"{measured} problems is not a declared look ({looks}): an undeclared look is not free")
    if not math.isclose(verdict.level, plan.level_each, abs_tol=1e-9):
        problems.append(
            f"the verdict rests on {100 * verdict.level:.4g} % intervals, and each of {len(plan.problems)} looks needs "
            f"{100 * plan.level_each:.4g} %"
        )
    if problems:
        raise StudyError("This look cannot be part of the declared sequence", problems)
    if verdict.verdict is not VerdictKind.MEASURE_MORE:
        return NextLook(stop=True, problems=None, why=f"{verdict.verdict} is decisive at {measured} problems")
    following = plan.next_after(measured)
    if following is None:
        return NextLook(stop=True, problems=None, why="the last declared look is reached: the gap is too near to tell")
    return NextLook(stop=False, problems=following, why=f"still open at {measured} problems")
