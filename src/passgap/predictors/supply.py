"""Whether an arm has enough to learn from: one that starves changes nothing."""

from __future__ import annotations

from typing import ClassVar

from passgap.estimates import PASS_AT_1
from passgap.predictors._prediction import Direction, Learner, Prediction
from passgap.predictors.base import Known, Predictor
from passgap.records import Insufficient, Measured


class Supply(Predictor):
    """The yield that is forecast for an arm, against its minimum."""

    name: ClassVar[str] = "supply"
    caption: ClassVar[str] = "pass@1, from which yields are forecast"
    source: ClassVar[str] = "identities of docs/yields.md: what filters, pairs and groups leave to learn from"
    position: ClassVar[float] = 40.0
    read_by_verdict: ClassVar[bool] = True

    def measure(self, known: Known) -> Measured:
        """pass@1 of the base model; the forecast itself stands on the arm's own lines."""
        found = known.table.overall_of(PASS_AT_1)
        return found or Insufficient(insufficient="pass@1 was not measured", n=0, m=0)

    def predict(self, measured: Measured, learner: Learner, known: Known) -> Prediction | None:
        """No change of an arm that starves; nothing of any other."""
        if not learner.starved:
            return None
        because = "even the upper end of its forecast yield is below its minimum"
        return self._says(measured, Direction.NONE, because)


PREDICTOR = Supply()
