"""Interim analyses ("looks"): intervals that hold jointly when problems are added until a verdict is decisive.

Four looks at plain 95 % intervals are wrong about a gap on the threshold in 7 to 8 % of studies on one side alone
instead of 2.5. Widening every look to one common level (Pocock's rule, here for looks of any sizes) restores it. The
looks are declared beforehand; stopping early is free, adding an undeclared look is not.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

import numpy as np
from pydantic import Field
from scipy import special

from passgap.estimates.counts import FloatArray
from passgap.estimates.intervals import z_quantile
from passgap.estimates.measured import DEFAULT_LEVEL
from passgap.records import Record
from passgap.records.units import FractionOf1

_GRID = 401
_LEAST_STEP = 1e-3
"""Looks closer together than this share of the last are too close for the grid; Bonferroni's level is used then."""


class LookPlan(Record):
    """The declared interim analyses: after how many problems, and at which level the intervals of each are computed."""

    problems: tuple[int, ...] = Field(min_length=1)
    level: FractionOf1 = Field(gt=0.0, lt=1.0)
    """The joint level of the intervals of all looks."""
    level_each: FractionOf1 = Field(gt=0.0, lt=1.0)
    """The level of the intervals of each look."""

    def next_after(self, problems: int) -> int | None:
        """The size of the next look, or None after the last: what is still open then stays open."""
        return next((size for size in self.problems if size > problems), None)


def plan_looks(problems: Sequence[int], *, level: float = DEFAULT_LEVEL) -> LookPlan:
    """Declare looks after the given numbers of problems and compute the level that each needs.

    Raises:
        ValueError: the numbers are not increasing from 1 or more.
    """
    sizes = tuple(problems)
    if not sizes or sizes[0] < 1 or any(b <= a for a, b in itertools.pairwise(sizes)):
        raise ValueError(f"looks need increasing numbers of problems, not {list(sizes)}")
    return LookPlan(problems=sizes, level=level, level_each=_level_each(sizes, level))


def doubling_looks(first: int, available: int, *, most: int = 4, level: float = DEFAULT_LEVEL) -> LookPlan:
    """Looks at ``first``, twice, four times ... as many problems, at most ``most`` of them, the last at ``available``.

    Raises:
        ValueError: ``first`` is not between 1 and ``available``.
    """
    if not 1 <= first <= available:
        raise ValueError(f"the first look needs between 1 and {available} problems, not {first}")
    sizes = [first * 2**step for step in range(most) if first * 2**step < available][: most - 1]
    return plan_looks([*sizes, available], level=level)


def _level_each(sizes: tuple[int, ...], level: float) -> float:
    if len(sizes) == 1:
        return level
    information = np.array(sizes, dtype=np.float64) / sizes[-1]
    bonferroni = 1.0 - (1.0 - level) / len(sizes)
    if np.diff(information).min() < _LEAST_STEP:
        return bonferroni
    from scipy import optimize  # noqa: PLC0415 - it takes a quarter of a second, and one look needs none of it

    lowest, highest = z_quantile(level), z_quantile(bonferroni)
    boundary = optimize.brentq(lambda z: _stays_inside(information, z) - level, lowest, highest + 1e-9, xtol=1e-6)
    return float(special.erf(boundary / math.sqrt(2.0)))


def _stays_inside(information: FloatArray, boundary: float) -> float:
    """The probability that a standardised random walk stays within ``boundary`` at every look.

    Armitage, McPherson and Rowe's recursion: the density of the walk among paths that have stayed inside, carried
    from look to look on a grid (Simpson's rule).
    """
    weights = np.ones(_GRID)
    weights[1:-1:2], weights[2:-1:2] = 4.0, 2.0
    unit = np.linspace(-1.0, 1.0, _GRID)
    reach = boundary * np.sqrt(information[0])
    points = unit * reach
    density = np.exp(-0.5 * points**2 / information[0]) / math.sqrt(2.0 * math.pi * information[0])
    for before, after in itertools.pairwise(information):
        mass = density * weights * (2.0 * reach / (_GRID - 1) / 3.0)
        reach = boundary * math.sqrt(after)
        landing = unit * reach
        step = after - before
        kernel = np.exp(-0.5 * (landing[:, None] - points[None, :]) ** 2 / step) / math.sqrt(2.0 * math.pi * step)
        points, density = landing, kernel @ mass
    return float((density * weights).sum() * (2.0 * reach / (_GRID - 1) / 3.0))
