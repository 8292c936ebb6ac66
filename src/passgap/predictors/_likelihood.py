"""The base class of diagnostics on likelihoods, which speak of arms that train on the model's own, unjudged samples."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import ClassVar

from passgap.estimates.association import ScoredProblem
from passgap.predictors._prediction import Direction, Learner, Prediction
from passgap.predictors.base import Known, Predictor, side_of
from passgap.records import Insufficient, Measured

SIDES = {
    Direction.UP: "right answers are likelier than wrong ones of the same problem, so sharpening adds to them",
    Direction.DOWN: "wrong answers are likelier than right ones of the same problem, so sharpening adds to them",
    None: "the interval reaches across no association",
}


class LikelihoodPredictor(Predictor):
    """A statistic of correctness and log-probability within problems, with its value where there is no association."""

    per_token: ClassVar[bool]
    """Whether the log-probability is that of the mean token, rather than of the whole answer."""
    middle: ClassVar[float] = 0.0
    is_size: ClassVar[bool] = False
    """Whether the statistic is the lift that it foretells."""

    @abstractmethod
    def statistic(self, problems: Sequence[ScoredProblem], level: float) -> Measured:
        """Compute it."""

    def measure(self, known: Known) -> Measured:
        """The statistic; insufficient where no likelihoods were measured."""
        problems = known.scored(self.per_token)
        return problems if isinstance(problems, Insufficient) else self.statistic(problems, known.level)

    def predict(self, measured: Measured, learner: Learner, known: Known) -> Prediction | None:
        """Up where right answers are likelier, down where wrong ones are; nothing of arms that judge their samples."""
        if not learner.own or learner.judged:
            return None
        if isinstance(measured, Insufficient):
            return self._unmeasured(measured)
        side = side_of(measured, self.middle)
        return self._says(measured, side, SIDES[side], measured if self.is_size else None)
