"""The same covariance with the log-probability of the mean token: long answers are not unlikely for their length."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from passgap.estimates.association import ScoredProblem, sharpening_effect
from passgap.predictors._likelihood import LikelihoodPredictor
from passgap.records import Measured

STEP = 1.0
"""The rise of the exponent of the mean token's probability that the effect is stated for."""


class SharpeningPerToken(LikelihoodPredictor):
    """The derivative of pass@1 where answers are favoured by the geometric mean of their tokens' probabilities."""

    name: ClassVar[str] = "sharpening-per-token"
    caption: ClassVar[str] = f"pass@1 per {STEP:g} of exponent of the mean token's probability"
    source: ClassVar[str] = "exact identity with s = log p / length: d pass@1 / dt = Cov(correct, s) within problems"
    position: ClassVar[float] = 11.0
    per_token: ClassVar[bool] = True

    def statistic(self, problems: Sequence[ScoredProblem], level: float) -> Measured:
        """The mean covariance over problems, times the step."""
        return sharpening_effect(problems, STEP, level=level)


PREDICTOR = SharpeningPerToken()
