"""The lift of answering with the most frequent behaviour: sharpening onto the mode of behaviours."""

from __future__ import annotations

from typing import ClassVar

from passgap.predictors._prediction import Direction, Learner, Prediction
from passgap.predictors.base import Known, Predictor, side_of
from passgap.records import Insufficient, Measured


class Plurality(Predictor):
    """pass@1 if every problem were answered with its plurality behaviour, minus pass@1."""

    name: ClassVar[str] = "plurality"
    caption: ClassVar[str] = "pass@1 of the most frequent behaviour minus pass@1"
    source: ClassVar[str] = "mode correctness (docs/verdict.md); majority voting as sharpening: arXiv 2412.02674"
    position: ClassVar[float] = 20.0
    read_by_verdict: ClassVar[bool] = True

    def measure(self, known: Known) -> Measured:
        """As the verdict reads it."""
        if known.modes is None:
            return Insufficient(insufficient="the results do not say how samples behave", n=0, m=0)
        return known.modes.sharpening

    def predict(self, measured: Measured, learner: Learner, known: Known) -> Prediction | None:
        """Up or down as the whole interval lies, where failing samples could be told apart as that side needs it."""
        if not learner.own or learner.judged:
            return None
        if isinstance(measured, Insufficient):
            return self._unmeasured(measured)
        assert known.modes is not None
        side, grouping = side_of(measured), known.modes.grouping
        if (side is Direction.UP and not grouping.can_show_right) or (
            side is Direction.DOWN and not grouping.can_show_wrong
        ):
            return self._says(measured, None, f"failing samples were told apart by {grouping.value} alone", measured)
        said = {
            Direction.UP: "the most frequent behaviour is right more often than a sample is",
            Direction.DOWN: "the most frequent behaviour is right less often than a sample is",
            None: "the interval reaches across no effect",
        }
        return self._says(measured, side, said[side], measured)


PREDICTOR = Plurality()
