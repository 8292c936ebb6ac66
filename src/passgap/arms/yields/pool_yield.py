"""The counts that an arm forecasts its yield from, applied to the pool of its study."""

from __future__ import annotations

from passgap.arms.base import DeclaredStudy
from passgap.estimates import Counts, PoolYield


def pool_yield(study: DeclaredStudy, counts: Counts, *, held_back: int = 0) -> PoolYield:
    """The forecast for a study's pool, by the counts of other problems or of the pool's own.

    Args:
        study: whose pool it is.
        counts: scored and passed samples of each measured problem.
        held_back: how many problems of the pool are not learned from.
    """
    problems = {problem.id for problem in study.splits.pool.problems}
    return PoolYield(
        counts=counts,
        problems=len(problems) - held_back,
        level=study.spec.thresholds.level,
        own=bool(counts.ids) and problems.issuperset(counts.ids),
    )
