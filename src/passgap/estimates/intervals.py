"""Intervals for the mean of bounded scores over problems, and for the mean change of paired scores.

The unit is the problem: sixteen samples of one problem are not sixteen problems. Both intervals are closed form,
need no seed, and generalise to further problems of the same kind. ``docs/statistics.md`` holds their measured
coverage, ``benchmarks/coverage.py`` measures it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from scipy import special

from passgap.estimates.counts import FloatArray

MEAN_METHOD = "hybrid Wilson-Beta over problems"
FEW_METHOD = "Clopper-Pearson over problems"
RATIO_METHOD = "hybrid Wilson-Beta over problems, weighted by their trials"
PAIRED_METHOD = "paired t over problems with pseudo-problems"

FEW_PROBLEMS = 10
"""Below this many problems the spread between them is not estimated: each counts as one plain trial."""

RARE = 3.5
"""Below this many effective successes or failures, Wilson is widened to the Beta interval."""


@dataclass(frozen=True)
class Interval:
    """Two bounds, the method that gave them, and ``rarer``: the expected number of the rarer kind of problem."""

    low: float
    high: float
    method: str
    rarer: float


def t_quantile(level: float, degrees: float) -> float:
    """The two-sided quantile of Student's t: ``P(|t| <= q) = level``."""
    return float(special.stdtrit(degrees, 0.5 + level / 2))


def z_quantile(level: float) -> float:
    """The two-sided quantile of the normal: ``P(|z| <= q) = level``."""
    return float(special.ndtri(0.5 + level / 2))


def mean_interval_bounds(scores: FloatArray, upper: float, level: float) -> Interval:
    """The interval of the expected score of a problem, from one score in ``[0, upper]`` for each problem.

    Wilson's interval with Student's t and an effective number of problems; the design effect is shrunk by half a
    pseudo-problem at each end, so that it exists even where every score is 0 or ``upper``. Where fewer than
    :data:`RARE` effective problems lie on one side, the bounds are widened to a Beta interval, because a sample that
    holds no failure cannot be resampled into one. With fewer than :data:`FEW_PROBLEMS` problems it is the
    Clopper-Pearson interval with one trial per problem, which is wide on purpose.

    Raises:
        ValueError: there are no scores, or one lies outside ``[0, upper]``.
    """
    _check_scores(scores, 0.0, upper)
    share = np.clip(scores / upper, 0.0, 1.0)
    mean = min(1.0, max(0.0, float(share.mean())))
    found = _share_bounds(share, np.ones(len(share)), mean, level)
    return replace(found, low=found.low * upper, high=found.high * upper)


def ratio_interval_bounds(successes: FloatArray, trials: FloatArray, level: float) -> Interval:
    """The interval of the share of successes in all trials, from the successes and trials of each problem.

    The value is the ratio of the sums, so that a problem counts as often as it has trials: the precision of a verifier
    over the samples that it accepts. The interval is that of :func:`mean_interval_bounds`, with each problem's share
    weighted by its trials; problems are drawn, and their samples are not independent. Problems without trials do not
    count.

    Raises:
        ValueError: there are no trials, or a problem has more successes than trials.
    """
    if not bool(np.all((successes >= 0.0) & (successes <= trials))):
        raise ValueError("every problem needs 0 <= successes <= trials")
    tried = trials > 0.0
    if not bool(tried.any()):
        raise ValueError("an interval needs at least one trial")
    successes, trials = successes[tried], trials[tried]
    mean = float(successes.sum() / trials.sum())
    weights = trials / trials.mean()
    found = _share_bounds(successes / trials, weights, mean, level)
    even = bool(np.all(weights == 1.0)) or found.method == FEW_METHOD
    return found if even else replace(found, method=RATIO_METHOD)


def _share_bounds(share: FloatArray, weights: FloatArray, mean: float, level: float) -> Interval:
    """The interval of the weighted mean of shares, whose weights have the mean 1."""
    n = len(share)
    rarer = n * min(mean, 1.0 - mean)
    if n < FEW_PROBLEMS:
        trials = n / float((weights**2).mean())
        return Interval(*_beta_bounds(trials * mean, trials * (1.0 - mean), 0.0, 1.0, level), FEW_METHOD, rarer)
    effective = n / _design_effect(share, weights, mean)
    t, z = t_quantile(level, n - 1), z_quantile(level)
    low, high = _wilson(mean, effective, t)
    if effective * min(mean, 1.0 - mean) < RARE:
        trials = effective * (z / t) ** 2
        beta_low, beta_high = _beta_bounds(trials * mean, trials * (1.0 - mean), 0.25, 0.75, level)
        low, high = min(low, beta_low), max(high, beta_high)
    return Interval(max(0.0, low), min(1.0, high), MEAN_METHOD, rarer)


def _check_scores(scores: FloatArray, lower: float, upper: float) -> None:
    if not len(scores):
        raise ValueError("an interval needs at least one problem")
    slack = 1e-9 * max(1.0, abs(upper))
    if not bool(np.all((scores >= lower - slack) & (scores <= upper + slack))):
        raise ValueError(f"every score must lie in [{lower}, {upper}]")


def _design_effect(share: FloatArray, weights: FloatArray, mean: float) -> float:
    """Variance of the weighted scores over that of plain trials with the same mean, with the pseudo-problems in both.

    The pseudo-problems have the largest weight, in variance: a few problems with most of the trials are few problems,
    also where all of them agree, and the next one of the rarer kind may be such a one.
    """
    n = len(share)
    squares = float((weights**2 * (share - mean) ** 2).sum())
    total = n + 1
    centre = (n * mean + 0.5) / total
    spread = float(weights.max())
    near, far = spread * 0.5 * centre**2, spread * 0.5 * (1.0 - centre) ** 2
    variance = (squares + spread * n * (mean - centre) ** 2 + near + far) / (total - 1)
    return variance / (centre * (1.0 - centre))


def _wilson(mean: float, effective: float, t: float) -> tuple[float, float]:
    scale = 1.0 + t * t / effective
    centre = (mean + t * t / (2.0 * effective)) / scale
    half = t / scale * math.sqrt(mean * (1.0 - mean) / effective + t * t / (4.0 * effective**2))
    return centre - half, centre + half


def _beta_bounds(successes: float, failures: float, near: float, far: float, level: float) -> tuple[float, float]:
    """Beta quantiles with ``near`` added on the bound's own side and ``far`` on the other (0, 1: Clopper-Pearson)."""
    tail = (1.0 - level) / 2.0
    low = 0.0 if successes <= 0.0 else float(special.betaincinv(successes + near, failures + far, tail))
    high = 1.0 if failures <= 0.0 else float(special.betaincinv(successes + far, failures + near, 1.0 - tail))
    return low, high


def pseudo_weight(differing: int) -> float:
    """Pseudo-problems at each end: half a problem where up to 40 differ, then 20 over their number, at least 1/4."""
    return min(0.5, max(0.25, 20.0 / max(differing, 1)))


def paired_interval_bounds(differences: FloatArray, bound: float, level: float) -> Interval:
    """The interval of the expected difference, from one difference in ``[-bound, bound]`` for each problem.

    Paired t with :func:`pseudo_weight` pseudo-problems at each end: a sample in which hardly any problem differs does
    not prove that none would. The interval always contains the plain mean, which is the estimate.

    Raises:
        ValueError: there are no differences, or one lies outside ``[-bound, bound]``.
    """
    _check_scores(differences, -bound, bound)
    scaled = differences / bound
    n = len(scaled)
    differing = int(np.count_nonzero(scaled))
    if n == 1:
        return Interval(-bound, bound, PAIRED_METHOD, float(differing))
    weight = pseudo_weight(differing)
    total = n + 2.0 * weight
    mean = float(scaled.mean())
    centre = n * mean / total
    variance = (float(scaled @ scaled) + 2.0 * weight - total * centre**2) / (total - 1.0)
    half = t_quantile(level, n - 1) * math.sqrt(variance / total)
    low, high = min(mean, max(-1.0, centre - half)), max(mean, min(1.0, centre + half))
    return Interval(low * bound, high * bound, PAIRED_METHOD, float(differing))
