"""The lift of answering with the likeliest of the samples: sharpening at its end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from passgap.estimates.association import ScoredProblem, likeliest_effect
from passgap.predictors._likelihood import LikelihoodPredictor
from passgap.records import Measured


class Likeliest(LikelihoodPredictor):
    """pass@1 of the likeliest of a problem's samples, minus pass@1."""

    name: ClassVar[str] = "likeliest"
    caption: ClassVar[str] = "pass@1 of the likeliest sample minus pass@1"
    source: ClassVar[str] = (
        "best-of-n by own likelihood: arXiv 2601.21590; its use as a forecast is passgap's inference"
    )
    position: ClassVar[float] = 13.0
    per_token: ClassVar[bool] = False
    is_size: ClassVar[bool] = True

    def statistic(self, problems: Sequence[ScoredProblem], level: float) -> Measured:
        """The mean difference over problems."""
        return likeliest_effect(problems, level=level)


PREDICTOR = Likeliest()
