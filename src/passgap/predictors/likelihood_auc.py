"""How often a right answer is likelier per token than a wrong one of the same problem."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from passgap.estimates.association import ScoredProblem, within_problem_auc
from passgap.predictors._likelihood import LikelihoodPredictor
from passgap.records import Measured


class LikelihoodAuc(LikelihoodPredictor):
    """The area under the curve within contested problems, by ranks: no single answer can dominate it."""

    name: ClassVar[str] = "likelihood-auc"
    caption: ClassVar[str] = "right answer likelier per token than a wrong one, within a problem"
    source: ClassVar[str] = "Mann and Whitney 1947, within problems; arXiv 2605.04542 for what it means"
    position: ClassVar[float] = 12.0
    per_token: ClassVar[bool] = True
    middle: ClassVar[float] = 0.5

    def statistic(self, problems: Sequence[ScoredProblem], level: float) -> Measured:
        """The mean over contested problems."""
        return within_problem_auc(problems, level=level)


PREDICTOR = LikelihoodAuc()
