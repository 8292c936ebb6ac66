"""Intervals for a mean that hold at every look: problems are added one by one, and one may stop at any time.

For a supposed mean m, a gambler bets that the scores, between 0 and 1, lie above m, and another that they lie below:
the products of ``1 + b (x - m) / m`` and of ``1 - b (x - m) / (1 - m)`` over the problems, for shares b in (0, 1), are
nonnegative martingales if m is the mean, and so is their average. By Ville's inequality it ever reaches ``1 / alpha``
with a probability of at most alpha, however often one looks: the m that it has never reached it for are a confidence
sequence (Waudby-Smith & Ramdas, arXiv 2010.09686). It is wider than the interval of a look that was declared before.

Problems are taken to come in an order that their scores have no influence on.
"""

from __future__ import annotations

import math

import numpy as np

from passgap.estimates.measured import DEFAULT_LEVEL
from passgap.records import Estimate, Insufficient, Measured
from passgap.records.estimates import Unit
from passgap.records.units import FractionOf1

METHOD = "betting confidence sequence over problems, valid at every look"

BETS = (0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.7, 0.9)
"""Shares of the wealth that are bet at each problem."""

_GRID = np.linspace(0.0005, 0.9995, 1000)
"""The supposed means. The ends of an interval are moved outwards by one step."""
_STEP = float(_GRID[1] - _GRID[0])


class ConfidenceSequence:
    """The running mean of scores between 0 and 1, with the interval that holds at every look."""

    def __init__(self, *, level: FractionOf1 = DEFAULT_LEVEL, unit: Unit = "fraction") -> None:
        """Begin with no score.

        Args:
            level: the probability with which all intervals hold together.
            unit: of the scores.
        """
        self._level = level
        self._unit: Unit = unit
        self._logs = np.zeros((2, len(BETS), len(_GRID)))
        self._open = np.ones(len(_GRID), dtype=bool)
        self._sum = 0.0
        self._fewest: int | None = None
        self.n = 0

    def observe(self, score: float, samples: int = 1) -> None:
        """Add the score of one more problem.

        Args:
            score: between 0 and 1.
            samples: that it was computed from.

        Raises:
            ValueError: the score lies elsewhere.
        """
        if not 0.0 <= score <= 1.0:
            raise ValueError(f"a score lies between 0 and 1: {score}")
        bets = np.array(BETS)[:, None]
        self._logs[0] += np.log1p(bets * (score - _GRID) / _GRID)
        self._logs[1] += np.log1p(-bets * (score - _GRID) / (1.0 - _GRID))
        largest = self._logs.max(axis=(0, 1))
        wealth = largest + np.log(np.exp(self._logs - largest).mean(axis=(0, 1)))
        self._open &= wealth < -math.log1p(-self._level)
        self._sum += score
        self._fewest = samples if self._fewest is None else min(samples, self._fewest)
        self.n += 1

    @property
    def measured(self) -> Measured:
        """The mean so far with its interval."""
        m = self._fewest or 0
        if not self.n:
            return Insufficient(insufficient="no problem was measured", n=0, m=m)
        mean = self._sum / self.n
        left = _GRID[self._open]
        low, high = (float(left[0]) - _STEP, float(left[-1]) + _STEP) if left.size else (mean, mean)
        return Estimate(
            value=mean,
            low=max(0.0, min(low, mean)),
            high=min(1.0, max(high, mean)),
            level=self._level,
            n=self.n,
            m=m,
            method=METHOD,
            unit=self._unit,
        )
