"""A prediction against the outcome of its arm."""

from __future__ import annotations

import math

from passgap.predictors._prediction import Direction, Prediction
from passgap.records import Estimate, Insufficient, Measured, Record


class Scored(Record):
    """A prediction beside what came."""

    prediction: Prediction
    outcome: Measured
    """pass@1 of the arm minus that of the base model."""
    came: Direction | None = None
    """Where pass@1 went; None where the measurement does not tell."""
    right: bool | None = None
    """Whether it went where it was foretold; None where nothing was, or the measurement does not tell."""
    covered: bool | None = None
    """Whether the foretold size agrees with what came; None where no size was foretold or nothing was measured."""


def direction_of(outcome: Measured, smallest: float) -> Direction | None:
    """Where pass@1 went: up or down where the whole interval says so, no change where it excludes ``smallest``.

    An interval within ``smallest`` of zero on both sides is no change, even one that leaves zero out.
    """
    if isinstance(outcome, Insufficient):
        return None
    if -smallest < outcome.low and outcome.high < smallest:
        return Direction.NONE
    if outcome.low > 0.0:
        return Direction.UP
    return Direction.DOWN if outcome.high < 0.0 else None


def agrees(foretold: Estimate, came: Estimate) -> bool:
    """Whether the interval of the difference between the two holds zero.

    Both are estimates, so that the foretold interval alone need not hold what was measured. The two rest on the same
    samples of the base model, which makes their difference less uncertain than this assumes: the test is lenient.
    """
    above = came.value >= foretold.value
    one = foretold.high - foretold.value if above else foretold.value - foretold.low
    other = came.value - came.low if above else came.high - came.value
    return abs(came.value - foretold.value) <= math.hypot(one, other)


def score_prediction(prediction: Prediction, outcome: Measured, smallest: float) -> Scored:
    """Set a prediction against an outcome.

    Args:
        prediction: as it was recorded before the arm was trained.
        outcome: the paired change of pass@1.
        smallest: the least lift that matters.
    """
    came = direction_of(outcome, smallest)
    told = prediction.direction is not None and came is not None
    measured = isinstance(outcome, Estimate) and prediction.size is not None
    return Scored(
        prediction=prediction,
        outcome=outcome,
        came=came,
        right=came is prediction.direction if told else None,
        covered=agrees(prediction.size, outcome)
        if measured and prediction.size and isinstance(outcome, Estimate)
        else None,
    )
