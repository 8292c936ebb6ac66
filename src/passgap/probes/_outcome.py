"""The outcome of a probe: both sides, the drift, the declared tolerance, and whether it holds."""

from __future__ import annotations

from enum import StrEnum

from passgap.records import Estimate, Measured, Record
from passgap.records.units import ToleranceSize


class Rule(StrEnum):
    """The direction in which a drift counts against the tuned model."""

    RISE = "rise"
    """More of it than the tolerance allows."""
    CHANGE = "change"
    """More or less of it than the tolerance allows."""
    FALL = "fall"
    """Less of it than the tolerance allows."""


class ProbeStatus(StrEnum):
    """Whether the drift is within the declared tolerance."""

    WITHIN = "within"
    """The drift and its whole interval are inside the tolerance."""
    UNRESOLVED = "unresolved"
    """The drift is inside the tolerance, its interval reaches beyond: no alert, and no proof either."""
    ALERT = "alert"
    """The drift is outside the tolerance."""
    INSUFFICIENT = "insufficient"
    """The drift cannot be estimated from the samples."""


class ProbeOutcome(Record):
    """One row of the battery."""

    probe: str
    quantity: str
    base: Measured
    tuned: Measured
    drift: Measured
    """Tuned over base where ``drift.unit`` is ``ratio``, otherwise tuned minus base."""
    tolerance: ToleranceSize
    rule: Rule
    status: ProbeStatus
    note: str = ""
    relative: bool = False
    """Whether the tolerance is a share of the base model's value, and the drift a ratio."""

    @property
    def is_relative(self) -> bool:
        """The same, also for an outcome that an earlier version wrote without the field."""
        return self.relative or (isinstance(self.drift, Estimate) and self.drift.unit == "ratio")


class BatteryOutcome(Record):
    """The battery of one arm; no delta is shown without it."""

    arm: str
    outcomes: tuple[ProbeOutcome, ...]

    @property
    def alerts(self) -> tuple[ProbeOutcome, ...]:
        """The probes whose drift is outside its tolerance."""
        return tuple(outcome for outcome in self.outcomes if outcome.status is ProbeStatus.ALERT)

    @property
    def complete(self) -> bool:
        """Whether every probe could be measured."""
        return all(outcome.status is not ProbeStatus.INSUFFICIENT for outcome in self.outcomes)


def judge(drift: Measured, tolerance: float, rule: Rule) -> ProbeStatus:
    """Compare a drift with its tolerance. The value alone raises an alert: a noisy alert beats a silent collapse."""
    if not isinstance(drift, Estimate):
        return ProbeStatus.INSUFFICIENT
    centre = 1.0 if drift.unit == "ratio" else 0.0
    upper = centre + tolerance if rule is not Rule.FALL else float("inf")
    lower = centre - tolerance if rule is not Rule.RISE else float("-inf")
    if not lower <= drift.value <= upper:
        return ProbeStatus.ALERT
    inside = lower <= drift.low and drift.high <= upper
    return ProbeStatus.WITHIN if inside else ProbeStatus.UNRESOLVED
