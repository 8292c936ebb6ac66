"""How steeply pass@k rises with the logarithm of k: room that further tries show."""

from __future__ import annotations

import math
from typing import ClassVar

from passgap.estimates.slope import pass_slope
from passgap.predictors._prediction import Direction, Learner, Prediction
from passgap.predictors.base import Known, Predictor
from passgap.records import Insufficient, Measured


class Slope(Predictor):
    """The least-squares slope of pass@k over ln k."""

    name: ClassVar[str] = "pass-slope"
    caption: ClassVar[str] = "slope of pass@k over ln k"
    source: ClassVar[str] = "arXiv 2606.26091, 2504.13837: training on own samples flattens pass@k"
    position: ClassVar[float] = 32.0
    read_by_verdict: ClassVar[bool] = True

    def measure(self, known: Known) -> Measured:
        """Over every declared k that the samples give."""
        return pass_slope(known.counts, known.ks, level=known.level)

    def predict(self, measured: Measured, learner: Learner, known: Known) -> Prediction | None:
        """Up where the line rises by the gap's threshold up to the largest k; no change where it does not."""
        if not learner.own:
            return None
        if isinstance(measured, Insufficient):
            return self._unmeasured(measured)
        reach = math.log(max(k for k in known.ks if k <= known.counts.measured().m))
        low, high = measured.low * reach, measured.high * reach
        if low >= known.gap_threshold:
            return self._says(measured, Direction.UP, "the line rises by more than the gap's threshold")
        if high < known.gap_threshold:
            return self._says(measured, Direction.NONE, "the line is flatter than the gap's threshold needs")
        return self._says(measured, None, "the interval reaches across the gap's threshold")


PREDICTOR = Slope()
