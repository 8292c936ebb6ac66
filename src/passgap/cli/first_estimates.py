"""pass@1 and the gap of a model while its samples are run, with intervals that hold at every look."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from passgap.estimates import PASS_AT_1, ConfidenceSequence, GapAtK
from passgap.estimates.scores import gap_at_k
from passgap.records import Measured


class FirstEstimates:
    """The estimates of one model so far."""

    def __init__(self, name: str, k: int, level: float) -> None:
        """Begin with no problem.

        Args:
            name: of the results: ``base-heldout``.
            k: of the gap, where every problem has as many scored samples.
            level: at which each quantity's intervals hold together.
        """
        self.name = name
        self._k = k
        self._single = ConfidenceSequence(level=level)
        self._gap: ConfidenceSequence | None = ConfidenceSequence(level=level, unit="points")

    def observe(self, passed: int, samples: int) -> None:
        """Add the counts of one more problem."""
        self._single.observe(passed / samples, samples)
        if self._gap is None or samples < self._k or self._k < 2:
            self._gap = None  # some problem cannot show it
            return
        gap = float(gap_at_k(np.array([samples]), np.array([passed]), self._k)[0])
        self._gap.observe(min(1.0, gap), samples)

    @property
    def measured(self) -> dict[str, Measured]:
        """The quantities by name."""
        found: dict[str, Measured] = {str(PASS_AT_1): self._single.measured}
        if self._gap is not None:
            found[str(GapAtK(self._k))] = self._gap.measured
        return found

    @property
    def problems(self) -> int:
        """How many problems they rest on."""
        return self._single.n


Spent = Callable[[], float]
"""The device-hours that the study has spent so far."""
