"""Power: how many problems a verdict needs, planned for a supposed gap or for the measured one.

``needed_problems`` is the normal approximation of docs/statistics.md, within 15 % of simulation. The number of problems
decides, not that of samples: going from 10 to 16 samples per problem saves about a tenth of the problems and draws 60 %
more samples.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from pydantic import Field
from scipy import special

from passgap.estimates.intervals import z_quantile
from passgap.records import Estimate, Record
from passgap.records.units import Difference

POWER = 0.9
NEAR = 0.015
"""A gap this close to the threshold cannot be told from it with any customary number of problems; a fraction."""

_SPREAD_BY_K = ((4, 0.5), (8, 0.6), (16, 0.7))


class Needed(Record):
    """The number of problems, and of samples per problem, that would settle a verdict."""

    problems: int = Field(ge=1)
    samples: int = Field(ge=1)
    note: str = ""


class PlanRow(Record):
    """One supposed gap: how many problems settle the verdict, and how many samples that takes."""

    gap: Difference
    k: int
    problems: int
    samples: int
    """Samples per problem."""
    total: int
    """Samples of all problems together, for one model."""
    near: bool
    """Whether the supposed gap is so close to the threshold that no plan is reasonable."""


def spread_of_gap(gap: float, k: int, pass_at_1: float | None = None) -> float:
    """The standard deviation of one problem's gap at a supposed mean: ``sqrt(c g - g^2)``.

    ``c`` is 0.5 at k = 4, 0.6 at 8, 0.7 at 16 and 0.5 where pass@1 is 0.75 or more (fitted on simulated task sets).
    """
    scale = next((c for limit, c in _SPREAD_BY_K if k <= limit), _SPREAD_BY_K[-1][1])
    if pass_at_1 is not None and pass_at_1 >= 0.75:
        scale = 0.5
    return math.sqrt(max(scale * gap - gap * gap, 0.0))


def needed_problems(
    gap: float,
    threshold: float,
    spread: float,
    spread_at_threshold: float,
    *,
    level: float = 0.95,
    power: float = POWER,
) -> int:
    """Problems with which the interval of the gap leaves the threshold with probability ``power``.

    Raises:
        ValueError: the gap is the threshold: no number of problems is enough.
    """
    distance = abs(gap - threshold)
    if distance == 0.0:
        raise ValueError("a gap on the threshold cannot be told from it")
    beyond = float(special.ndtri(power))
    return math.ceil(((z_quantile(level) * spread_at_threshold + beyond * spread) / distance) ** 2)


def plan_gap(
    gaps: Sequence[float],
    k: int,
    samples: int,
    threshold: float,
    *,
    pass_at_1: float | None = None,
    level: float = 0.95,
) -> tuple[PlanRow, ...]:
    """The number of problems for each supposed gap, with ``samples`` per problem.

    Raises:
        ValueError: ``k`` exceeds ``samples``.
    """
    if k > samples:
        raise ValueError(f"pass@{k} needs {k} samples per problem, not {samples}")
    rows = []
    for gap in gaps:
        near = abs(gap - threshold) < NEAR
        used = gap if not near else threshold + math.copysign(NEAR, gap - threshold)
        problems = needed_problems(
            used, threshold, spread_of_gap(used, k, pass_at_1), spread_of_gap(threshold, k, pass_at_1), level=level
        )
        rows.append(PlanRow(gap=gap, k=k, problems=problems, samples=samples, total=problems * samples, near=near))
    return tuple(rows)


def needed_for(measured: Estimate, threshold: float, *, fewest: int = 1, power: float = POWER) -> Needed:
    """The problems and samples that settle on which side of ``threshold`` a mean lies, if the measured value is true.

    The spread between problems is read off the measured interval. A value within :data:`NEAR` of the threshold is
    planned as if it were that far away, and the note says so.
    """
    spread = spread_of_mean(measured)
    distance = measured.value - threshold
    near = abs(distance) < NEAR
    used = threshold + math.copysign(NEAR, distance) if near else measured.value
    needed = needed_problems(used, threshold, spread, spread, level=measured.level, power=power)
    note = (
        f"the estimate is within {100 * NEAR:.1f} percentage points of the threshold: if the truth is as near, more "
        "problems than these will not settle it"
        if near
        else ""
    )
    return Needed(problems=max(needed, measured.n + 1, fewest), samples=measured.m, note=note)


def spread_of_mean(measured: Estimate) -> float:
    """The standard deviation of one problem's score, read off the interval of their mean."""
    return (measured.high - measured.low) / 2.0 / z_quantile(measured.level) * math.sqrt(measured.n)


def needed_for_lift(lift: float, spread: float, *, level: float = 0.95, power: float = 0.8) -> int:
    """Problems with which a paired interval lies above 0 with probability ``power``, at a supposed lift.

    Args:
        lift: the supposed change of the mean.
        spread: the standard deviation of one problem's change.
        level: of the interval.
        power: the wanted probability.
    """
    beyond = float(special.ndtri(power))
    return max(2, math.ceil(((z_quantile(level) + beyond) * spread / abs(lift)) ** 2))


def smallest_shown(measured: Estimate, *, power: float = 0.8) -> float:
    """The smallest true change that an interval of this width leaves 0 out for with probability ``power``."""
    half = (measured.high - measured.low) / 2.0
    z = z_quantile(measured.level)
    return half * (z + float(special.ndtri(power))) / z


def cost_of_non_overlap(
    paired_width: float, base_width: float, tuned_width: float, *, level: float = 0.95, power: float = 0.8
) -> float:
    """The factor of problems that "intervals must not overlap" needs over the paired interval, at equal power.

    The widths are those of the paired and of the two unpaired intervals of one level, on the same problems. The rule
    asks the difference to exceed half of both unpaired widths, and its error is still that of the paired difference.

    Raises:
        ValueError: the paired width is not positive.
    """
    if paired_width <= 0.0:
        raise ValueError(f"an interval has a width above 0, not {paired_width}")
    z, beyond = z_quantile(level), float(special.ndtri(power))
    return ((z * (base_width + tuned_width) / paired_width + beyond) / (z + beyond)) ** 2
