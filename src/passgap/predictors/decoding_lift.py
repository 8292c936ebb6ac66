"""The lift of better decoding alone: an experiment with sharpening that costs no training."""

from __future__ import annotations

from typing import ClassVar

from passgap.predictors._prediction import Learner, Prediction
from passgap.predictors.base import Known, Predictor, side_of
from passgap.records import Insufficient, Measured


class DecodingLift(Predictor):
    """pass@1 of the decode-only control minus production decoding, on problems that it was not chosen on."""

    name: ClassVar[str] = "decoding-lift"
    caption: ClassVar[str] = "lift of the best decoding alone"
    source: ClassVar[str] = "arXiv 2604.01193: without truncation, T_train x T_eval organises pass@1"
    position: ClassVar[float] = 31.0
    read_by_verdict: ClassVar[bool] = True

    def measure(self, known: Known) -> Measured:
        """As the verdict reads it."""
        return known.decode_lift or Insufficient(insufficient="no decode-only sweep was measured", n=0, m=0)

    def predict(self, measured: Measured, learner: Learner, known: Known) -> Prediction | None:
        """The same lift for an arm on the model's own unjudged samples."""
        if not learner.own or learner.judged or known.decode_lift is None:
            return None
        if isinstance(measured, Insufficient):
            return self._unmeasured(measured)
        because = "training on sharpened samples of its own gives what a sharper decoding gives"
        return self._says(measured, side_of(measured), because, measured)


PREDICTOR = DecodingLift()
