"""Anytime-valid monitors: their rate of false alarms stays below the level however often they are read.

Each is an e-process: a product of bets against "the candidate is not worse" whose expectation under it never exceeds
1, so it reaches 1/alpha with probability at most alpha however often it is read (Ville's inequality). The grids of
bets are those of docs/statistics.md; each state is a value, and observing gives the next one.
"""

from __future__ import annotations

import math
from typing import Self

import numpy as np
from pydantic import Field

from passgap.estimates.counts import FloatArray
from passgap.records import Record

BETS = (0.03, 0.06, 0.1, 0.15, 0.25, 0.4, 0.6, 0.8)
"""Shares of the wealth that are bet on "worse" at each discordant pair."""
_WON, _LOST = np.log1p(BETS), np.log1p(-np.array(BETS))

DROPS = (0.01, 0.015, 0.02, 0.03, 0.045, 0.07, 0.1, 0.15)
"""Drops of a success rate, as fractions, that the monitor of one stream bets on."""


class Monitor(Record):
    """The state that every monitor keeps: the number of observations, and the largest evidence so far."""

    observed: int = Field(default=0, ge=0)
    log_evidence: float = 0.0
    log_peak: float = 0.0

    @property
    def p_value(self) -> float:
        """Anytime-valid: a bound on the probability of ever seeing as much evidence if the candidate is not worse."""
        return min(1.0, math.exp(-self.log_peak))

    def alarm(self, alpha: float = 0.05) -> bool:
        """Whether the evidence has ever reached ``1 / alpha``."""
        return self.log_peak >= -math.log(alpha)


class PairedMonitor(Monitor):
    """Mirrored requests: base and candidate answer the same request, and only pairs that differ count.

    Tests "among discordant pairs the candidate is worse at most half the time". It needs no reference rate, and a
    half to a fifth of the traffic of two separate arms.
    """

    worse: int = Field(default=0, ge=0)
    better: int = Field(default=0, ge=0)

    def observe(self, base: bool, candidate: bool) -> Self:
        """The monitor after one more pair of outcomes."""
        worse, better = self.worse + (base and not candidate), self.better + (candidate and not base)
        evidence = log_mean_exp(worse * _WON + better * _LOST)
        return self._next(evidence, worse=worse, better=better)

    def _next(self, evidence: float, **counts: int) -> Self:
        return self.model_copy(
            update={
                "observed": self.observed + 1,
                "log_evidence": evidence,
                "log_peak": max(self.log_peak, evidence),
                **counts,
            }
        )


class RateMonitor(Monitor):
    """One stream against a reference success rate that is known, less a tolerance.

    A reference that was itself estimated from some thousand requests and is taken as known raises false alarms two-
    to fivefold: put its uncertainty into the tolerance, or mirror the traffic. With ``horizon`` the bet is restarted
    at every request with weight ``1 / horizon``, which keeps it awake for a drop that comes late.
    """

    reference: float = Field(gt=0.0, lt=1.0)
    horizon: int | None = Field(default=None, ge=1)
    log_wealth: tuple[float, ...] = ()

    def observe(self, success: bool) -> Self:
        """The monitor after one more request."""
        drops = np.array([drop for drop in DROPS if drop < 0.9 * self.reference] or [0.5 * self.reference])
        factor = np.log1p(-drops / self.reference) if success else np.log1p(drops / (1.0 - self.reference))
        wealth = self._wealth(len(drops)) + factor
        # What has not been started yet is kept as cash, so that the restarted wealth is an e-process too.
        cash = 0.0 if self.horizon is None else max(0.0, 1.0 - (self.observed + 1) / self.horizon)
        invested = log_mean_exp(wealth)
        evidence = invested if cash == 0.0 else float(np.logaddexp(invested, math.log(cash)))
        return self.model_copy(
            update={
                "observed": self.observed + 1,
                "log_wealth": tuple(float(each) for each in wealth),
                "log_evidence": evidence,
                "log_peak": max(self.log_peak, evidence),
            }
        )

    def _wealth(self, bets: int) -> FloatArray:
        if self.horizon is None:
            return np.array(self.log_wealth or (0.0,) * bets)
        started = np.array(self.log_wealth or (-math.inf,) * bets)
        share = -math.log(self.horizon) if self.observed < self.horizon else -math.inf
        return np.asarray(np.logaddexp(started, share), dtype=np.float64)


def log_mean_exp(values: FloatArray) -> float:
    """The logarithm of the mean of the exponentials of values."""
    largest = float(values.max())  # SciPy's function takes ten times as long for so few, and each request waits for it
    return largest + math.log(float(np.exp(values - largest).mean())) if largest > -math.inf else largest
