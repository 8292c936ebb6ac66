"""Records of a report: predictions of an arm beside their outcomes, and changes of the arm beside pass@1."""

from __future__ import annotations

from passgap.predictors import Scored
from passgap.records import Measured, Record


class Change(Record):
    """A diagnostic of an arm that was run, against the base model."""

    name: str
    caption: str
    measured: Measured
    source: str
    """The paper, equation or measurement that it rests on."""


class PredictionsOutcome(Record):
    """The diagnostics of one arm: prediction against outcome."""

    scored: tuple[Scored, ...]
    changes: tuple[Change, ...] = ()
