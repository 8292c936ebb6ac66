"""Whether traffic is split as declared: an anytime-valid test of the share, which changes when somebody grows it.

Each user who is seen for the first time is in the canary with the probability that is declared at that time, and so is
each call among the mirrored ones. Likelihood ratios of other odds are averaged, each of which has an expectation of 1
under the declared share. A split that is not as declared makes every comparison between its groups doubtful.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Self

import numpy as np
from pydantic import Field
from scipy import special

from passgap.estimates.counts import FloatArray
from passgap.records import Record

ODDS = (0.25, 0.5, 0.75, 0.9, 1.1, 4.0 / 3.0, 2.0, 4.0)
"""The factors by which the odds may be off."""


class SplitMonitor(Record):
    """The state of the test after some draws."""

    observed: int = Field(default=0, ge=0)
    chosen: int = Field(default=0, ge=0)
    expected: float = 0.0
    """The sum of the declared shares: how many were to be chosen."""
    log_ratios: tuple[float, ...] = ()
    log_evidence: float = 0.0
    log_peak: float = 0.0

    @property
    def p_value(self) -> float:
        """Anytime-valid."""
        return min(1.0, math.exp(-self.log_peak))

    def alarm(self, alpha: float) -> bool:
        """Whether the evidence against the declared split has ever reached ``1 / alpha``."""
        return self.log_peak >= -math.log(alpha)

    def observe(self, chosen: Sequence[bool], shares: Sequence[float]) -> Self:
        """The test after further draws, each with the share that was declared when it was made.

        A draw at a share of 0 or 1 says nothing of odds; it counts as infinite evidence if it went the impossible way.
        """
        drawn = np.asarray(chosen, dtype=bool)
        share = np.asarray(shares, dtype=np.float64)
        if not len(drawn):
            return self
        impossible = (drawn & (share <= 0.0)) | (~drawn & (share >= 1.0))
        inside = (share > 0.0) & (share < 1.0)
        picked, p = drawn[inside], share[inside]
        start = np.array(self.log_ratios or (0.0,) * len(ODDS))
        path = start[:, None] + np.cumsum(_log_ratios(picked, p), axis=-1)
        evidence = special.logsumexp(path, axis=0) - math.log(len(ODDS)) if path.size else np.array([self.log_evidence])
        peak = math.inf if impossible.any() else max(self.log_peak, float(evidence.max()))
        return self.model_copy(
            update={
                "observed": self.observed + len(drawn),
                "chosen": self.chosen + int(drawn.sum()),
                "expected": self.expected + float(share.sum()),
                "log_ratios": tuple((path[:, -1] if path.size else start).tolist()),
                "log_evidence": float(evidence[-1]),
                "log_peak": min(peak, 1e6),
            }
        )


def _log_ratios(chosen: FloatArray, share: FloatArray) -> FloatArray:
    """By factor and draw."""
    odds = np.array(ODDS)[:, None] * share / (1.0 - share)
    other = odds / (1.0 + odds)
    return np.where(chosen, np.log(other / share), np.log((1.0 - other) / (1.0 - share)))
