"""The yield of a pool before it is sampled: how much there will be to learn from, by counts that exist already.

An arm draws ``m`` samples of each pool problem and learns from their outcomes: from those that pass, from pairs of a
pass and a failure, from groups whose rewards differ. Each of these is the expectation of some worth ``f(j)`` of the
number ``j`` of passes among the ``m`` samples. With ``c`` passes among ``n`` samples of a problem,

    sum over j of f(j) C(c, j) C(n - c, m - j) / C(n, m)

is its unbiased estimate: the mean of ``f`` over all subsets of ``m`` of the samples. For ``f = [j > 0]`` that is pass@m
(Chen et al. 2021, eq. 1), for ``f = [0 < j < m]`` it is pass@m - all@m with all@m = C(c, m) / C(n, m), and for
``f = j`` it is m * pass@1.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from math import comb

import numpy as np
from scipy import special

from passgap.estimates.counts import Counts, FloatArray, IntArray
from passgap.estimates.intervals import mean_interval_bounds
from passgap.estimates.measured import DEFAULT_LEVEL, mean_interval, with_warning
from passgap.estimates.mixture import prefiltered_bounds
from passgap.estimates.table import unmeasured_warning
from passgap.records import Estimate, Insufficient, Measured, Unit

Worth = Callable[[int], FloatArray]
"""From ``m`` to the worth of 0, 1, ..., m passes among m samples; none is negative, and more samples are worth no less.
"""

POOL_METHOD = "interval over problems, and the pool's own variation, in quadrature"
OWN_METHOD = "the pool's own samples"
KNOWN_METHOD = "known beforehand"
LIKELY_METHOD = "a likely value, and anything up to all"
ALL_METHOD = "all that is drawn; at the least what passes"

FEWER = "{problems} of {n} problems have fewer than {m} samples and are counted with what they have: at least this much"


def covered(m: int) -> FloatArray:
    """A problem counts once where any sample passes."""
    return (np.arange(m + 1) > 0).astype(np.float64)


def mixed(m: int) -> FloatArray:
    """A problem counts once where a sample passes and another fails: it gives a pair, or a group with a gradient."""
    passes = np.arange(m + 1)
    return ((passes > 0) & (passes < m)).astype(np.float64)


def accepted(most: int) -> Worth:
    """Every sample that passes counts, at most ``most`` of a problem."""
    return lambda m: np.minimum(np.arange(m + 1), most).astype(np.float64)


def pairs(most: int) -> Worth:
    """Every pair of a pass and a failure that share no sample counts, at most ``most`` of a problem."""

    def worth(m: int) -> FloatArray:
        passes = np.arange(m + 1)
        return np.minimum(np.minimum(passes, m - passes), most).astype(np.float64)

    return worth


def subset_mean(samples: IntArray, correct: IntArray, m: int, worth: Worth) -> FloatArray:
    """The mean worth of each problem over all subsets of ``m`` of its samples, computed in whole numbers.

    A problem with fewer samples is taken with all that it has.

    Raises:
        ValueError: ``m`` is below 1.
    """
    if m < 1:
        raise ValueError(f"a subset has 1 sample or more, not {m}")
    n, c = np.asarray(samples, dtype=np.int64), np.asarray(correct, dtype=np.int64)
    stride = int(n.max(initial=0)) + 1
    rows, inverse = np.unique(n * stride + c, return_inverse=True)
    means = np.array([_subset_mean(*divmod(int(row), stride), m, worth) for row in rows], dtype=np.float64)
    return np.asarray(means[inverse.reshape(-1)], dtype=np.float64)


def _subset_mean(n: int, c: int, m: int, worth: Worth) -> float:
    drawn = min(m, n)
    values = worth(drawn)
    ways = [comb(c, passes) * comb(n - c, drawn - passes) for passes in range(drawn + 1)]
    return math.fsum(float(value) * (way / comb(n, drawn)) for value, way in zip(values, ways, strict=True))


@dataclass(frozen=True)
class PoolYield:
    """The yield of a pool, forecast from counts of problems that are taken to be as hard as the pool's.

    Args:
        counts: scored and passed samples of each measured problem.
        problems: how many problems the pool has.
        level: of the intervals.
        own: whether the counts are of the pool's problems themselves: then no interval holds the uncertainty of going
            from some problems to others.
    """

    counts: Counts
    problems: int
    level: float = DEFAULT_LEVEL
    own: bool = False

    def covered(self, m: int) -> Measured:
        """Pool problems of which at least one of ``m`` samples passes: problems * pass@m."""
        return self.total(m, covered)

    def mixed(self, m: int) -> Measured:
        """Pool problems with a pass and a failure among ``m`` samples: problems * (pass@m - all@m)."""
        return self.total(m, mixed)

    def accepted(self, m: int, most: int | None = None) -> Measured:
        """Passing samples among ``m`` of each problem, at most ``most`` of a problem (all by default)."""
        return self.total(m, accepted(most or m))

    def pairs(self, m: int, most: int) -> Measured:
        """Pairs of a pass and a failure among ``m`` samples of each problem, at most ``most`` of a problem."""
        return self.total(m, pairs(most))

    def total(self, m: int, worth: Worth) -> Measured:
        """The sum of a worth over the pool, with the interval that the sum itself is to lie in.

        The interval joins two uncertainties in quadrature: of the mean over problems, which is the hybrid interval of
        :func:`passgap.estimates.measured.mean_interval`, and of a pool of this size around that mean. Its ends are
        whole numbers, rounded outwards. Counts of the pool itself that hold no more than these ``m`` samples give the
        sum without uncertainty: it is there already.
        """
        rows = self.counts.measured()
        if not rows.n:
            return self._unmeasured()
        scores = subset_mean(rows.samples, rows.correct, m, worth)
        squares = subset_mean(rows.samples, rows.correct, m, lambda drawn: worth(drawn) ** 2)
        upper = max(float(worth(m).max()), 1.0)
        mean = math.fsum(scores) / rows.n
        variance = max(0.0, math.fsum(squares) / rows.n - mean * mean)
        size = self.problems
        value = size * mean
        low = high = value
        if not self.own or int(rows.samples.max()) > m:
            below, above = _spread_of_sum(size, mean, variance, upper, self.level)
            low, high = min(value, below), max(value, above)
        if not self.own:
            interval = mean_interval_bounds(scores, upper, self.level)
            low = value - math.hypot(value - size * min(mean, interval.low), value - low)
            high = value + math.hypot(size * max(mean, interval.high) - value, high - value)
        return self._with_warnings(
            Estimate(
                value=value,
                low=max(0.0, min(value, math.floor(low + 1e-9))),
                high=min(size * upper, max(value, math.ceil(high - 1e-9))),
                level=self.level,
                n=rows.n,
                m=rows.m,
                method=OWN_METHOD if self.own else POOL_METHOD,
                unit="count",
                unscored=self.counts.total_unscored,
            ),
            m,
        )

    def informative_share(self, group: int) -> Measured:
        """The share of groups of this size whose rewards differ, for a random problem: pass@G - all@G."""
        rows = self.counts.measured()
        if not rows.n:
            return self._unmeasured()
        scores = subset_mean(rows.samples, rows.correct, group, mixed)
        measured = mean_interval(scores, m=rows.m, level=self.level, unscored=self.counts.total_unscored)
        return self._with_warnings(measured, group)

    def prefiltered_share(self, m: int, group: int) -> Measured:
        """The same among the problems that showed a pass and a failure in an earlier ``m`` samples.

        It is more than :meth:`informative_share` and at most its ratio to pass@m - all@m; in between, it follows from
        the distribution of pass rates that fits the counts best (:mod:`passgap.estimates.mixture`).
        """
        rows = self.counts.measured()
        if not rows.n:
            return self._unmeasured()
        found = prefiltered_bounds(rows.samples, rows.correct, m, group, self.level)
        if found is None:
            return Insufficient(insufficient="no problem has both a pass and a failure", n=rows.n, m=rows.m)
        value, low, high = found
        estimate = Estimate(
            value=value,
            low=low,
            high=high,
            level=self.level,
            n=rows.n,
            m=rows.m,
            method="best-fitting distribution of pass rates, bootstrap over problems",
            unscored=self.counts.total_unscored,
        )
        return with_warning(estimate, unmeasured_warning(self.counts))

    def _unmeasured(self) -> Insufficient:
        return Insufficient(insufficient="no problem was measured", n=0, m=0, unscored=self.counts.total_unscored)

    def _with_warnings(self, measured: Measured, m: int) -> Measured:
        rows = self.counts.measured()
        few = int((rows.samples < m).sum())
        warned = with_warning(measured, unmeasured_warning(self.counts))
        return with_warning(warned, FEWER.format(problems=few, n=rows.n, m=m)) if few else warned


def at_most(all_of_it: int, least: Measured) -> Measured:
    """A sum that is known but for what is left out of it: all of it, and at the least another forecast sum."""
    if isinstance(least, Insufficient):
        return least
    value = float(all_of_it)
    return least.model_copy(
        update={"value": value, "low": min(value, least.low), "high": value, "method": ALL_METHOD, "warning": ""}
    )


def anything_up_to(all_of_it: int, likely: Measured) -> Measured:
    """A sum of which nothing is known but a likely value and what there is in all."""
    if isinstance(likely, Insufficient):
        return likely
    return likely.model_copy(update={"low": 0.0, "high": float(all_of_it), "method": LIKELY_METHOD, "warning": ""})


def known(amount: float, counts: Counts, *, level: float = DEFAULT_LEVEL) -> Estimate:
    """An amount that is known beforehand and depends on no counts."""
    rows = counts.measured()
    return Estimate(
        value=amount,
        low=amount,
        high=amount,
        level=level,
        n=max(1, rows.n),
        m=max(1, rows.m),
        method=KNOWN_METHOD,
        unit="count",
    )


def idle_steps(informative: Measured, groups: int) -> Measured:
    """The share of updates of so many groups in which no group is informative, and so nothing is learned.

    Args:
        informative: the share of informative groups.
        groups: per update.
    """
    return transformed(informative, lambda share: (1.0 - min(1.0, share)) ** groups)


def transformed(measured: Measured, change: Callable[[float], float]) -> Measured:
    """A measurement after a monotone change of its scale, in its own unit."""
    if isinstance(measured, Insufficient):
        return measured
    value, *ends = (change(each) for each in (measured.value, measured.low, measured.high))
    return measured.model_copy(update={"value": value, "low": min(value, *ends), "high": max(value, *ends)})


def scaled(measured: Estimate, factor: float, unit: Unit) -> Estimate:
    """A measurement in another unit."""
    ends = {name: getattr(measured, name) * factor for name in ("value", "low", "high")}
    return measured.model_copy(update={**ends, "unit": unit})


def _spread_of_sum(size: int, mean: float, variance: float, upper: float, level: float) -> tuple[float, float]:
    """Quantiles of a sum over ``size`` problems with this mean and variance of one: those of a gamma distribution.

    It is skewed like a sum of rare events: of what is there where that is less than half of what could be, else of what
    is missing.
    """
    total, spread = size * mean, size * variance
    if spread <= 0.0:
        return total, total
    if mean > upper / 2:
        below, above = _gamma(size * (upper - mean), spread, level)
        return size * upper - above, size * upper - below
    return _gamma(total, spread, level)


def _gamma(mean: float, variance: float, level: float) -> tuple[float, float]:
    if mean <= 0.0:
        return 0.0, 0.0
    shape, scale = mean * mean / variance, variance / mean
    tail = (1.0 - level) / 2.0
    return float(special.gammaincinv(shape, tail)) * scale, float(special.gammaincinv(shape, 1.0 - tail)) * scale
