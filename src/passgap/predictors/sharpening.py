"""The change of pass@1 under sharpening: the covariance of correctness and log-probability within problems."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from passgap.estimates.association import ScoredProblem, sharpening_effect
from passgap.predictors._likelihood import LikelihoodPredictor
from passgap.records import Measured

STEP = 0.1
"""The rise of the inverse temperature of whole sequences that the effect is stated for. It is of first order: answers
of a hundred tokens differ by tens of nats, so that a whole unit would be far outside of it."""


class Sharpening(LikelihoodPredictor):
    """The derivative of pass@1 with respect to the inverse temperature of whole sequences."""

    name: ClassVar[str] = "sharpening"
    caption: ClassVar[str] = f"pass@1 per {STEP:g} of inverse sequence temperature"
    source: ClassVar[str] = "exact identity: d pass@1 / dt = Cov(correct, log p) within problems; arXiv 2605.04542"
    position: ClassVar[float] = 10.0
    per_token: ClassVar[bool] = False

    def statistic(self, problems: Sequence[ScoredProblem], level: float) -> Measured:
        """The mean covariance over problems, times the step."""
        return sharpening_effect(problems, STEP, level=level)


PREDICTOR = Sharpening()
