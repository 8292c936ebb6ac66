"""maj@k: the probability that the most frequent behaviour among k of a problem's samples is the one that passes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from math import comb

import numpy as np

from passgap.estimates.counts import FloatArray


def majority_at_k(passed: int, failed: Sequence[int], k: int) -> float:
    """The exact mean, over all subsets of ``k`` samples, of "the plurality passes"; ties count in equal parts.

    Args:
        passed: samples that pass; they are one behaviour.
        failed: the sizes of the groups of failing samples, one per behaviour.
        k: the size of the subsets, at most the number of samples.

    Raises:
        ValueError: ``k`` is below 1 or above the number of samples.
    """
    total = passed + sum(failed)
    if not 1 <= k <= total:
        raise ValueError(f"maj@{k} needs 1 <= k <= samples, and there are {total}")
    if k == total:
        largest = max([passed, *failed])
        return 0.0 if passed < largest else 1.0 / (1 + sum(size == largest for size in failed))
    return _majority(passed, tuple(sorted(Counter(failed).items())), k)


@lru_cache(maxsize=65_536)
def _majority(passed: int, failed: tuple[tuple[int, int], ...], k: int) -> float:
    total = passed + sum(size * times for size, times in failed)
    wins = sum(comb(passed, drawn) * _shared_wins(failed, drawn, k - drawn) for drawn in range(1, min(passed, k) + 1))
    return float(wins / comb(total, k))


def _shared_wins(failed: tuple[tuple[int, int], ...], most: int, rest: int) -> float:
    """Ways to draw ``rest`` failing samples with at most ``most`` from any group, each over (1 + groups that tie)."""
    ways: FloatArray = np.zeros((rest + 1, rest // most + 1))
    # Groups smaller than ``most`` can neither tie nor win: it does not matter which of them a sample comes from.
    small = sum(size * times for size, times in failed if size < most)
    ways[:, 0] = [comb(small, drawn) for drawn in range(rest + 1)]
    for size, times in failed:
        for _ in range(times if size >= most else 0):
            ways = _with_group(ways, size, most)
    return float((ways[rest] / np.arange(1, ways.shape[1] + 1)).sum())


def _with_group(ways: FloatArray, size: int, most: int) -> FloatArray:
    """Add one group to the table of ways, indexed by (samples drawn, groups that tie with the passing one)."""
    after = np.zeros_like(ways)
    rows = ways.shape[0]
    for drawn in range(min(size, most, rows - 1) + 1):
        moved = comb(size, drawn) * ways[: rows - drawn]
        if drawn == most:
            after[drawn:, 1:] += moved[:, :-1]
        else:
            after[drawn:] += moved
    return after
