"""Anytime-valid monitoring of a difference between two models: of mirrored pairs, or of users in two groups.

Every observation is a difference d = candidate - production in [-1, 1]: of a mirrored pair, or of a block of users
(:mod:`.user_blocks`). The hypothesis that the candidate is worse by no more than a margin m, E[d | past] >= -m, is bet
against: the product of 1 + b (-m - d) / (1 + m) over the observations has an expectation of at most 1 for every share b
in (0, 1), and so has the mean over several shares. By Ville's inequality it ever reaches 1 / alpha with a probability
of at most alpha, whenever and however often it is read (Waudby-Smith & Ramdas, arXiv 2010.09686). On pairs of yes and
no without a margin it is the evidence of :class:`~passgap.estimates.anytime.PairedMonitor`.

The confidence sequence of the mean inverts the same bets over a grid of means: all of its intervals together hold the
mean with the stated probability, so that "no worse than a tolerance" may be concluded at any time too.
"""

from __future__ import annotations

import math
from typing import Self

import numpy as np
from pydantic import Field
from scipy import special

from passgap.estimates.anytime import BETS
from passgap.estimates.counts import FloatArray
from passgap.records import Record

GRID = 161
"""Means on the grid of the confidence sequence, from -1 to 1: it is at most an eightieth too wide on either side."""

SCALE = np.sinh(np.linspace(-6.0, 6.0, GRID)) / math.sinh(6.0)
"""The grid: denser about 0, where rates of errors differ by little."""

_TINY = 1e-9


def log_evidence_path(values: FloatArray, *, margin: float = 0.0, start: FloatArray | None = None) -> FloatArray:
    """The logarithm of the evidence against "worse by no more than the margin", after each value.

    Args:
        values: differences, candidate minus production, over the last axis.
        margin: how much worse the candidate may be.
        start: the logarithm of each bet's wealth before the first of them; without it, nothing was observed.
    """
    wealth = np.cumsum(_log_factors(values, margin), axis=-1)
    if start is not None:
        wealth = wealth + start[:, None]
    return np.asarray(special.logsumexp(wealth, axis=-2) - math.log(len(BETS)), dtype=np.float64)


def _log_factors(values: FloatArray, margin: float) -> FloatArray:
    """By bet (the axis before the last) and value."""
    bets = np.array(BETS)[:, None]
    return np.asarray(np.log1p(bets * (-margin - values[..., None, :]) / (1.0 + margin)), dtype=np.float64)


class DifferenceMonitor(Record):
    """The state of a monitor after some differences; observing more gives the next one.

    It holds the wealth of every bet, so that it goes on from where it was after any interruption, and its size does not
    depend on how much it has seen.
    """

    margin: float = Field(default=0.0, ge=0.0, lt=1.0)
    """How much worse the candidate may be before it counts."""
    observed: int = Field(default=0, ge=0)
    total: float = 0.0
    squares: float = 0.0
    log_wealth: tuple[float, ...] = ()
    log_evidence: float = 0.0
    log_peak: float = 0.0
    above: tuple[float, ...] = ()
    """The logarithm of each bet's wealth against every mean of the grid being no lower than it is, mean by mean."""
    below: tuple[float, ...] = ()
    """The same against its being no higher."""
    bound_alpha: float = Field(default=0.025, gt=0.0, lt=1.0)
    """The probability with which each of the two bounds may ever fail."""
    low: float = -1.0
    high: float = 1.0

    @property
    def mean(self) -> float | None:
        """The mean difference; None before the first."""
        return self.total / self.observed if self.observed else None

    @property
    def variance(self) -> float | None:
        """Of a difference; None before the second."""
        if self.observed < 2:
            return None
        mean = self.total / self.observed
        return max(0.0, (self.squares - self.observed * mean**2) / (self.observed - 1))

    @property
    def p_value(self) -> float:
        """Anytime-valid: bounds the probability of ever seeing as much evidence of harm if there is none."""
        return min(1.0, math.exp(-self.log_peak))

    def alarm(self, alpha: float) -> bool:
        """Whether the evidence of harm has ever reached ``1 / alpha``."""
        return self.log_peak >= -math.log(alpha)

    def observe(self, values: FloatArray) -> Self:
        """The monitor after further differences, in their order.

        Raises:
            ValueError: a difference is outside [-1, 1].
        """
        if not len(values):
            return self
        if not (np.abs(values) <= 1.0).all():
            raise ValueError("a difference lies between -1 and 1")
        values = np.asarray(values, dtype=np.float64)
        start = np.array(self.log_wealth or (0.0,) * len(BETS))
        path = log_evidence_path(values, margin=self.margin, start=start)
        above, below, low, high = self._bounds(values)
        return self.model_copy(
            update={
                "observed": self.observed + len(values),
                "total": self.total + float(values.sum()),
                "squares": self.squares + float((values**2).sum()),
                "log_wealth": tuple((start + _log_factors(values, self.margin).sum(axis=-1)).tolist()),
                "log_evidence": float(path[-1]),
                "log_peak": max(self.log_peak, float(path.max())),
                "above": above,
                "below": below,
                "low": low,
                "high": high,
            }
        )

    def _bounds(self, values: FloatArray) -> tuple[tuple[float, ...], tuple[float, ...], float, float]:
        """The wealth against each mean of the grid, and the bounds that follow, which only ever move inwards."""
        distinct, counts = np.unique(values, return_counts=True)
        bets, means = np.array(BETS)[:, None, None], SCALE[None, :, None]
        shape = (len(BETS), GRID)
        # What is staked on each bet is the most that it can lose; at the ends of the range, nothing can be lost.
        down = np.log1p(bets * (means - distinct) / np.maximum(1.0 - means, _TINY)) @ counts
        up = np.log1p(bets * (distinct - means) / np.maximum(1.0 + means, _TINY)) @ counts
        above = down + np.array(self.above or np.zeros(shape).ravel()).reshape(shape)
        below = up + np.array(self.below or np.zeros(shape).ravel()).reshape(shape)
        limit = -math.log(self.bound_alpha) + math.log(len(BETS))
        # Wealth against "no lower than m" grows with m: all means from the first excluded one upwards are excluded.
        too_high = np.flatnonzero(special.logsumexp(above, axis=0) >= limit)
        too_low = np.flatnonzero(special.logsumexp(below, axis=0) >= limit)
        high = min(self.high, float(SCALE[too_high[0]])) if len(too_high) else self.high
        low = max(self.low, float(SCALE[too_low[-1]])) if len(too_low) else self.low
        return tuple(above.ravel().tolist()), tuple(below.ravel().tolist()), low, high
