"""The gap between many tries and one: what self-distillation can spend."""

from __future__ import annotations

from typing import ClassVar

from passgap.estimates import GapAtK
from passgap.formatting import points
from passgap.predictors._prediction import Direction, Learner, Prediction
from passgap.predictors.base import Known, Predictor
from passgap.records import Insufficient, Measured


class Gap(Predictor):
    """pass@k - pass@1 at the k that decides the verdict."""

    name: ClassVar[str] = "gap"
    caption: ClassVar[str] = "gap at the deciding k"
    source: ClassVar[str] = "the hypothesis of self-distillation: arXiv 2604.01193"
    position: ClassVar[float] = 30.0
    read_by_verdict: ClassVar[bool] = True

    def measure(self, known: Known) -> Measured:
        """As the verdict reads it."""
        found = known.table.overall_of(GapAtK(known.deciding_k)) if known.deciding_k else None
        return found or Insufficient(insufficient="no gap could be measured at a feasible k", n=0, m=0)

    def predict(self, measured: Measured, learner: Learner, known: Known) -> Prediction | None:
        """Up where the whole interval is at the threshold or above it, no change where it is below it."""
        if not learner.own:
            return None
        if isinstance(measured, Insufficient):
            return self._unmeasured(measured)
        threshold = f"the threshold of {points(known.gap_threshold)}"
        if measured.low >= known.gap_threshold:
            return self._says(measured, Direction.UP, f"the gap is at least {threshold}")
        if measured.high < known.gap_threshold:
            return self._says(measured, Direction.NONE, f"the gap is below {threshold}")
        return self._says(measured, None, f"the interval reaches across {threshold}")


PREDICTOR = Gap()
