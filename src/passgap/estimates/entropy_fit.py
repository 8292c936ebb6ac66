"""The reward of a policy as a function of its entropy: R = b - a exp(H) (Cui et al. 2025, arXiv 2505.22617, Eq. 6)."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from passgap.records import Record

LEAST_POINTS = 30
"""Updates below which the curve is not fitted; the paper predicts from the first 36."""


class EntropyFit(Record):
    """The least-squares fit of rewards to entropies."""

    a: float
    """The reward that a unit of exp(entropy) costs."""
    b: float
    points: int
    explained: float
    """The share of the rewards' variance that the curve explains."""

    @property
    def ceiling(self) -> float:
        """The reward that the curve has at an entropy of zero: what is left when nothing more can be traded for it."""
        return self.b - self.a


def fit_entropy(entropies: Sequence[float], rewards: Sequence[float]) -> EntropyFit | None:
    """Fit the curve; None where there are too few updates, or entropies or rewards do not vary.

    Args:
        entropies: the policy's mean entropy in each update, in nats per token.
        rewards: the mean reward of the same updates.
    """
    if len(entropies) != len(rewards):
        raise ValueError(f"{len(entropies)} entropies and {len(rewards)} rewards are not of the same updates")
    if len(entropies) < LEAST_POINTS:
        return None
    spread = np.exp(np.asarray(entropies, dtype=np.float64))
    given = np.asarray(rewards, dtype=np.float64)
    if not np.isfinite(spread).all() or np.ptp(spread) < 1e-9 or np.ptp(given) < 1e-12:
        return None
    slope, intercept = np.polyfit(spread, given, 1)
    left = given - (intercept + slope * spread)
    explained = 1.0 - float((left**2).sum() / ((given - given.mean()) ** 2).sum())
    if not math.isfinite(explained):
        return None
    return EntropyFit(a=-float(slope), b=float(intercept), points=len(given), explained=explained)
