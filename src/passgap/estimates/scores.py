"""The score of one problem: the unbiased pass@k of its samples, and the gain over pass@1."""

from __future__ import annotations

from math import comb

import numpy as np

from passgap.estimates.counts import FloatArray, IntArray


def pass_at_k(samples: IntArray, correct: IntArray, k: int) -> FloatArray:
    """The unbiased estimator of pass@k, ``1 - C(n-c, k) / C(n, k)``, of each problem (Chen et al. 2021, eq. 1).

    Computed in whole numbers and rounded once, so that neither cancellation nor overflow can occur. The arguments
    have one length; the result lies in [0, 1].

    Raises:
        ValueError: ``k`` is below 1 or above some problem's number of samples.
    """
    n, c = np.asarray(samples, dtype=np.int64), np.asarray(correct, dtype=np.int64)
    if k < 1 or (n.size and k > n.min()):
        raise ValueError(f"pass@{k} needs 1 <= k <= samples, and some problem has {n.min() if n.size else 0}")
    stride = int(n.max(initial=0)) + 1
    pairs, inverse = np.unique(n * stride + c, return_inverse=True)
    scores = np.array([_pass_at_k(*divmod(int(pair), stride), k) for pair in pairs], dtype=np.float64)
    return np.asarray(scores[inverse.reshape(-1)], dtype=np.float64)


def _pass_at_k(n: int, c: int, k: int) -> float:
    total = comb(n, k)
    return (total - comb(n - c, k)) / total


def gap_at_k(samples: IntArray, correct: IntArray, k: int) -> FloatArray:
    """The gain of ``k`` tries over one: pass@k - pass@1 of each problem, in [0, :func:`gap_ceiling`]."""
    return np.clip(pass_at_k(samples, correct, k) - np.asarray(correct) / np.asarray(samples), 0.0, None)


def gap_ceiling(samples: IntArray, k: int) -> float:
    """The largest gap that any problem with these numbers of samples can show; 15/16 at n = k = 16."""
    ceiling = 0.0
    for n in np.unique(np.asarray(samples, dtype=np.int64)):
        every = np.arange(int(n) + 1)
        ceiling = max(ceiling, float(gap_at_k(np.full(len(every), n), every, k).max()))
    return ceiling
