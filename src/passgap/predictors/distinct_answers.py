"""How different the right answers to a problem are: what a collapse onto one of them would lose."""

from __future__ import annotations

from typing import ClassVar

from passgap.estimates.distinct import right_answers_differ
from passgap.predictors._prediction import Learner, Prediction
from passgap.predictors.base import Known, Predictor
from passgap.records import Insufficient, Measured


class DistinctAnswers(Predictor):
    """The probability that two right samples of a problem are different programs."""

    name: ClassVar[str] = "distinct-answers"
    caption: ClassVar[str] = "two right answers to a problem differ"
    source: ClassVar[str] = "arXiv 2509.20837; Simpson 1949"
    position: ClassVar[float] = 50.0

    def measure(self, known: Known) -> Measured:
        """Over problems with two right samples."""
        return right_answers_differ(known.programs, level=known.level)

    def predict(self, measured: Measured, learner: Learner, known: Known) -> Prediction | None:
        """Nothing of pass@1: it is kept beside the outcome, where it shows what a lift cost in diversity."""
        if not learner.own:
            return None
        if isinstance(measured, Insufficient):
            return self._unmeasured(measured)
        return self._says(measured, None, "it says nothing of pass@1; its change shows what diversity a lift cost")


PREDICTOR = DistinctAnswers()
