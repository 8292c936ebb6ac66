"""The prediction of a diagnostic for an arm."""

from __future__ import annotations

from enum import StrEnum

from passgap.records import Estimate, Measured, Record


class Direction(StrEnum):
    """Where an arm will move pass@1, or has moved it."""

    UP = "up"
    DOWN = "down"
    NONE = "no change"


class Learner(Record):
    """The facts about an arm that a diagnostic uses."""

    arm: str
    own: bool
    """Whether it trains on the model's own samples, so that it moves along the model's own distribution."""
    judged: bool
    """Whether something that judges them selects, pairs or rewards its samples."""
    starved: bool = False
    """Whether even the upper end of its forecast yield lies below its minimum."""


class Prediction(Record):
    """The statement of one diagnostic about an arm before it is trained."""

    predictor: str
    measured: Measured
    """The diagnostic itself, on the base model."""
    direction: Direction | None = None
    """Of pass@1; None where the diagnostic does not say."""
    size: Estimate | None = None
    """The lift of pass@1; None where the diagnostic gives no size."""
    because: str
    """The reason for the prediction, or for there being none, in one sentence."""
