"""From scores of problems to :class:`~passgap.records.Estimate`: the one place that decides when a value is shown."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from passgap.estimates.counts import FloatArray
from passgap.estimates.intervals import (
    Interval,
    mean_interval_bounds,
    paired_interval_bounds,
    ratio_interval_bounds,
    t_quantile,
)
from passgap.records import Estimate, Insufficient, Measured, Unit

UNBOUNDED_METHOD = "t over problems"

RARE_WARNING = 3.0
SMALL_WARNING = 50

DEFAULT_LEVEL = 0.95


def as_scores(scores: Sequence[float] | FloatArray) -> FloatArray:
    """Scores as an array of floats."""
    return np.asarray(scores, dtype=np.float64)


def mean_interval(
    scores: Sequence[float] | FloatArray,
    upper: float = 1.0,
    *,
    m: int = 1,
    level: float = DEFAULT_LEVEL,
    unit: Unit = "fraction",
    unscored: int = 0,
) -> Measured:
    """The mean of one score in ``[0, upper]`` for each problem, with its interval over problems.

    Args:
        scores: one bounded score per problem.
        upper: the largest score that a problem can have.
        m: samples per problem that the scores were taken over.
        level: of the interval.
        unit: of the scores.
        unscored: samples left out, to be shown beside the value.

    Raises:
        ValueError: a score lies outside ``[0, upper]``.
    """
    values = as_scores(scores)
    if not len(values):
        return Insufficient(insufficient="no problem was measured", n=0, m=m, unscored=unscored)
    interval = mean_interval_bounds(values, upper, level)
    return mean_estimate(values, interval, m, level, unit, unscored, _mean_warning(len(values), interval.rarer))


def ratio_interval(
    successes: Sequence[float] | FloatArray,
    trials: Sequence[float] | FloatArray,
    *,
    level: float = DEFAULT_LEVEL,
    unscored: int = 0,
) -> Measured:
    """The share of successes in all trials, with its interval over problems; ``Insufficient`` without a trial.

    Args:
        successes: of each problem.
        trials: of each problem; one without any does not count.
        level: of the interval.
        unscored: samples left out, to be shown beside the value.

    Raises:
        ValueError: a problem has more successes than trials.
    """
    won, tried = as_scores(successes), as_scores(trials)
    n = int(np.count_nonzero(tried))
    if not n:
        return Insufficient(insufficient="there is no trial", n=0, m=0, unscored=unscored)
    interval = ratio_interval_bounds(won, tried, level)
    value = math.fsum(won) / math.fsum(tried)
    return Estimate(
        value=value,
        low=min(value, interval.low),
        high=max(value, interval.high),
        level=level,
        n=n,
        m=int(tried[tried > 0].min()),
        method=interval.method,
        unscored=unscored,
        warning=_mean_warning(n, interval.rarer),
    )


def positive_mean_interval(
    scores: Sequence[float] | FloatArray,
    *,
    m: int = 1,
    level: float = DEFAULT_LEVEL,
    unit: Unit = "tokens",
) -> Measured:
    """The mean of one non-negative score without an upper bound for each problem, with Student's t over problems.

    ``Insufficient`` with fewer than two problems.

    Raises:
        ValueError: a score is negative or not finite.
    """
    values = as_scores(scores)
    n = len(values)
    if n < 2:
        return Insufficient(insufficient=f"a mean without an upper bound needs 2 problems, not {n}", n=n, m=m)
    if not bool(np.all(np.isfinite(values) & (values >= 0.0))):
        raise ValueError("every score must be a finite number of 0 or more")
    mean = math.fsum(values) / n
    half = t_quantile(level, n - 1) * math.sqrt(math.fsum((values - mean) ** 2) / (n - 1) / n)
    interval = Interval(max(0.0, mean - half), mean + half, UNBOUNDED_METHOD, float(n))
    return mean_estimate(values, interval, m, level, unit, 0, _mean_warning(n, float(n)))


def difference_interval(
    differences: Sequence[float] | FloatArray,
    bound: float = 1.0,
    *,
    m: int = 1,
    level: float = DEFAULT_LEVEL,
    unit: Unit = "difference",
    unscored: int = 0,
) -> Measured:
    """The mean of one paired difference in ``[-bound, bound]`` for each problem, with its interval over problems.

    Raises:
        ValueError: a difference lies outside ``[-bound, bound]``.
    """
    values = as_scores(differences)
    if not len(values):
        return Insufficient(insufficient="no problem was measured", n=0, m=m, unscored=unscored)
    interval = paired_interval_bounds(values, bound, level)
    return mean_estimate(values, interval, m, level, unit, unscored, _paired_warning(len(values), interval.rarer))


def mean_estimate(
    values: FloatArray, interval: Interval, m: int, level: float, unit: Unit, unscored: int, warning: str
) -> Estimate:
    """The mean of one value for each problem, with an interval that was computed for it and holds it in any case."""
    mean = math.fsum(values) / len(values)
    return Estimate(
        value=mean,
        low=min(mean, interval.low),
        high=max(mean, interval.high),
        level=level,
        n=len(values),
        m=m,
        method=interval.method,
        unit=unit,
        unscored=unscored,
        warning=warning,
    )


def with_warning(measured: Measured, warning: str) -> Measured:
    """The same measurement with one more warning; an empty warning changes nothing."""
    if not warning or isinstance(measured, Insufficient):
        return measured
    joined = "; ".join(each for each in (measured.warning, warning) if each)
    return measured.model_copy(update={"warning": joined})


def _mean_warning(n: int, rarer: float) -> str:
    warnings = []
    if n < SMALL_WARNING:
        warnings.append(f"only {n} problem{'' if n == 1 else 's'}")
    if rarer < RARE_WARNING:
        warnings.append(f"only {rarer:.1f} problems' worth of the rarer result: read the interval, not the value")
    return "; ".join(warnings)


def _paired_warning(n: int, differing: float) -> str:
    warnings = []
    if n < SMALL_WARNING:
        warnings.append(f"only {n} problem{'' if n == 1 else 's'}")
    if differing < 20:
        warnings.append(f"only {differing:.0f} problems differ")
    return "; ".join(warnings)
