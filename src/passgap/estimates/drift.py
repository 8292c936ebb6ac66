"""The drift of any per-problem quantity between two models: differences of bounded scores, ratios of positive ones."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from passgap.estimates.counts import FloatArray
from passgap.estimates.intervals import t_quantile
from passgap.estimates.measured import (
    DEFAULT_LEVEL,
    as_scores,
    difference_interval,
    mean_interval,
)
from passgap.estimates.paired import PairedDelta
from passgap.estimates.signflip import sign_flip_p_values
from passgap.records import Estimate, Insufficient, Measured, Unit

RATIO_METHOD = "ratio of means, log scale, jackknife over problems"
MEDIAN_METHOD = "ratio of medians, bootstrap over problems"

FEWEST_FOR_RATIO = 10
"""A ratio's spread is not estimated from fewer problems."""

RESAMPLES = 4_000
SEED = 20_260_403
_CHUNK = 1_000_000


def paired_mean_delta(
    base_scores: Sequence[float] | FloatArray,
    tuned_scores: Sequence[float] | FloatArray,
    *,
    upper: float = 1.0,
    m: int = 1,
    level: float = DEFAULT_LEVEL,
    unit: Unit = "difference",
) -> PairedDelta:
    """The change of a per-problem score in ``[0, upper]``, both sides given in the same order of problems.

    Raises:
        ValueError: the lengths differ, or a score lies outside ``[0, upper]``.
    """
    base, tuned = _paired_scores(base_scores, tuned_scores)
    side: Unit = "fraction" if unit == "difference" else unit
    differences = tuned - base
    return PairedDelta(
        base=mean_interval(base, upper, m=m, level=level, unit=side),
        tuned=mean_interval(tuned, upper, m=m, level=level, unit=side),
        delta=difference_interval(differences, upper, m=m, level=level, unit=unit),
        p_value=float(sign_flip_p_values(differences[:, None])[0]) if len(base) else None,
    )


def _paired_scores(
    base_scores: Sequence[float] | FloatArray, tuned_scores: Sequence[float] | FloatArray
) -> tuple[FloatArray, FloatArray]:
    base, tuned = as_scores(base_scores), as_scores(tuned_scores)
    if base.shape != tuned.shape:
        raise ValueError(f"paired scores need the same problems on both sides: {len(base)} and {len(tuned)}")
    if not (np.isfinite(base).all() and np.isfinite(tuned).all()):
        raise ValueError("a paired score is not a finite number")
    return base, tuned


def paired_ratio(
    base_scores: Sequence[float] | FloatArray,
    tuned_scores: Sequence[float] | FloatArray,
    *,
    m: int = 1,
    level: float = DEFAULT_LEVEL,
) -> Measured:
    """Mean of tuned over mean of base, of one non-negative quantity per problem; 1 means no drift.

    The interval is a jackknife over problems on the log scale, with two pseudo-problems at the largest relative score
    seen, of 5 over the number of problems that differ, between 1/10 and 1/2 of a problem each.

    ``Insufficient`` with fewer than :data:`FEWEST_FOR_RATIO` problems, or where one problem alone carries a side: no
    ratio to nothing is defined, so a probe that can be zero on base reads :func:`paired_mean_delta` then.

    Raises:
        ValueError: the lengths differ, or a score is negative or not finite.
    """
    base, tuned = _paired_scores(base_scores, tuned_scores)
    lacking = _ratio_lacks(base, tuned, m)
    if lacking is not None:
        return lacking
    n = len(base)
    base_total, tuned_total = math.fsum(base), math.fsum(tuned)
    if min(base_total - base.max(), tuned_total - tuned.max()) <= 1e-9 * max(base_total, tuned_total):
        return Insufficient(insufficient="fewer than two problems carry the quantity on one side", n=n, m=m)
    left_out = np.log(tuned_total - tuned) - np.log(base_total - base)
    influences = -(n - 1) * (left_out - left_out.mean())
    relative_base, relative_tuned = base * (n / base_total), tuned * (n / tuned_total)
    reach = float(max(relative_base.max(), relative_tuned.max()))
    differing = int(np.count_nonzero(np.abs(relative_tuned - relative_base) > 1e-12))
    weight = min(0.5, max(0.1, 5.0 / max(differing, 1)))
    total = n + 2.0 * weight
    variance = (math.fsum(influences**2) + 2.0 * weight * reach**2) / (total - 1.0)
    half = t_quantile(level, n - 1) * math.sqrt(variance / total)
    ratio = tuned_total / base_total
    return _ratio(ratio, ratio * math.exp(-half), ratio * math.exp(half), n, m, level, RATIO_METHOD)


def paired_median_ratio(
    base_scores: Sequence[float] | FloatArray,
    tuned_scores: Sequence[float] | FloatArray,
    *,
    m: int = 1,
    level: float = DEFAULT_LEVEL,
    resamples: int = RESAMPLES,
    seed: int = SEED,
) -> Measured:
    """Median of tuned over median of base, of one non-negative quantity per problem, such as its output length.

    The interval is the percentile bootstrap over problems, both sides of a problem drawn together, with a fixed
    seed. ``Insufficient`` with fewer than :data:`FEWEST_FOR_RATIO` problems or a median of 0 on base.

    Raises:
        ValueError: the lengths differ, or a score is negative or not finite.
    """
    base, tuned = _paired_scores(base_scores, tuned_scores)
    lacking = _ratio_lacks(base, tuned, m)
    if lacking is not None:
        return lacking
    n = len(base)
    base_median, tuned_median = float(np.median(base)), float(np.median(tuned))
    if base_median <= 0.0:
        return Insufficient(insufficient="the median on base is 0, so no ratio to it is defined", n=n, m=m)
    ratios = _bootstrap_median_ratios(base, tuned, resamples, np.random.default_rng(seed))
    tail = (1.0 - level) / 2.0
    low, high = (float(each) for each in np.quantile(ratios, [tail, 1.0 - tail], method="inverted_cdf"))
    if not math.isfinite(high):
        return Insufficient(insufficient="the median on base cannot be told from 0", n=n, m=m)
    return _ratio(tuned_median / base_median, low, high, n, m, level, MEDIAN_METHOD)


def _bootstrap_median_ratios(
    base: FloatArray, tuned: FloatArray, resamples: int, generator: np.random.Generator
) -> FloatArray:
    n = len(base)
    rows = max(1, _CHUNK // n)
    parts = []
    for start in range(0, resamples, rows):
        drawn = generator.integers(0, n, size=(min(rows, resamples - start), n))
        below, above = np.median(base[drawn], axis=1), np.median(tuned[drawn], axis=1)
        parts.append(np.divide(above, below, out=np.full_like(above, np.inf), where=below > 0.0))
    return np.concatenate(parts)


def _ratio_lacks(base: FloatArray, tuned: FloatArray, m: int) -> Insufficient | None:
    if bool((base < 0.0).any() or (tuned < 0.0).any()):
        raise ValueError("a ratio needs scores of 0 or more")
    if len(base) < FEWEST_FOR_RATIO:
        return Insufficient(
            insufficient=f"a ratio needs {FEWEST_FOR_RATIO} problems, not {len(base)}", n=len(base), m=m
        )
    if not base.any():
        return Insufficient(insufficient="every score on base is 0, so no ratio to it is defined", n=len(base), m=m)
    return None


def _ratio(value: float, low: float, high: float, n: int, m: int, level: float, method: str) -> Estimate:
    return Estimate(
        value=value,
        low=min(value, low),
        high=max(value, high),
        level=level,
        n=n,
        m=m,
        method=method,
        unit="ratio",
        warning=f"only {n} problems" if n < 50 else "",
    )
