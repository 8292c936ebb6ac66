"""The slope of pass@k over log k: how much more tries solve, and whether training flattens it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from passgap.estimates.counts import Counts, FloatArray
from passgap.estimates.measured import DEFAULT_LEVEL, difference_interval
from passgap.estimates.scores import pass_at_k
from passgap.records import Insufficient, Measured


def pass_slope(counts: Counts, ks: Sequence[int], *, level: float = DEFAULT_LEVEL) -> Measured:
    """The least-squares slope of pass@k over the natural logarithm of k, with its interval over problems.

    It is a weighted sum of the problems' own pass@k, so that the slope of the mean is the mean of the slopes.

    Args:
        counts: scored and passed samples.
        ks: the k of the line; at least two of them, none above the number of samples of any problem.
        level: of the interval.
    """
    return _slope([counts.measured()], ks, level)


def pass_slope_change(before: Counts, after: Counts, ks: Sequence[int], *, level: float = DEFAULT_LEVEL) -> Measured:
    """The slope of ``after`` minus that of ``before``, paired by problem."""
    common = sorted(set(before.measured().ids) & set(after.measured().ids))
    return _slope([after.select(common), before.select(common)], ks, level)


def _slope(sides: Sequence[Counts], ks: Sequence[int], level: float) -> Measured:
    m = min(each.m for each in sides)
    usable = sorted({k for k in ks if 1 <= k <= m})
    n = sides[0].n
    if n == 0 or len(usable) < 2:
        return Insufficient(insufficient="a slope needs pass@k at two k at least", n=n, m=m)
    weights = _weights(usable)
    one, *other = (_slopes(each, usable, weights) for each in sides)
    # Each pass@k lies in [0, 1], so no slope is steeper than its positive weights together.
    bound = float(weights[weights > 0].sum()) * (2.0 if other else 1.0)
    return difference_interval(np.clip(one - other[0] if other else one, -bound, bound), bound, m=m, level=level)


def _weights(ks: Sequence[int]) -> FloatArray:
    logs = np.log(np.asarray(ks, dtype=np.float64))
    centred = logs - logs.mean()
    return np.asarray(centred / (centred**2).sum(), dtype=np.float64)


def _slopes(counts: Counts, ks: Sequence[int], weights: FloatArray) -> FloatArray:
    scores = np.stack([pass_at_k(counts.samples, counts.correct, k) for k in ks])
    return np.asarray(weights @ scores, dtype=np.float64)
