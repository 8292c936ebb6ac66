"""The outcome of a probe: both sides, the drift, the declared tolerance, and whether it holds."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer

from passgap.records import Estimate, Measured, Record
from passgap.records.units import FractionOf1, ToleranceSize


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
    """Neither: the drift's interval reaches beyond the tolerance, or it is outside and may be chance."""
    ALERT = "alert"
    """The drift is outside the tolerance, and where the battery is judged together, it is beyond chance."""
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
    collapse: bool = False
    """Whether an alert is a collapse: of diversity, repetition, length or truncation. Left out of the JSON where it is
    not."""

    optional: bool = False
    """Whether the battery is complete without it. Left out of the JSON where it is not."""
    p_value: FractionOf1 | None = None
    """Of "nothing drifted", adjusted for all probes of the battery. Left out of the JSON where probes are judged one by
    one."""
    look: int = Field(default=1, ge=1)
    """The look at which its prompts were asked last. Left out of the JSON where there was to be one."""
    looks: int = Field(default=1, ge=1)
    """The looks that were declared for its prompts. Left out of the JSON where there was to be one."""

    @model_serializer(mode="wrap")
    def _without_nothing(self, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
        written: dict[str, Any] = dump(self)
        for name in ("collapse", "optional"):
            if not getattr(self, name):
                written.pop(name, None)
        if self.p_value is None:
            written.pop("p_value", None)
        if self.looks == 1:
            for name in ("look", "looks"):
                written.pop(name, None)
        return written

    @property
    def outside(self) -> bool:
        """Whether the drift is outside the tolerance in value, whatever its status."""
        return judge(self.drift, self.tolerance, self.rule) is ProbeStatus.ALERT

    @property
    def is_relative(self) -> bool:
        """The same, also for an outcome that an earlier version wrote without the field."""
        return self.relative or (isinstance(self.drift, Estimate) and self.drift.unit == "ratio")


class Waiver(Record):
    """Somebody's decision that an alert of a probe stops nothing."""

    probe: str
    reason: str
    late: bool = False
    """Whether it was recorded after the arm was registered: it is shown then, and changes no outcome."""


class BatteryOutcome(Record):
    """The battery of one arm; no delta is shown without it."""

    arm: str
    outcomes: tuple[ProbeOutcome, ...]
    waivers: tuple[Waiver, ...] = ()
    """Those that the study declares. Left out of the JSON where there are none."""

    @model_serializer(mode="wrap")
    def _without_nothing(self, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
        written: dict[str, Any] = dump(self)
        if not self.waivers:
            written.pop("waivers", None)
        return written

    @property
    def alerts(self) -> tuple[ProbeOutcome, ...]:
        """The probes whose drift is outside its tolerance, those that are waived too."""
        return tuple(outcome for outcome in self.outcomes if outcome.status is ProbeStatus.ALERT)

    @property
    def counted(self) -> tuple[ProbeOutcome, ...]:
        """The alerts that count against the arm: those that were not waived in time."""
        return tuple(alert for alert in self.alerts if not self.waived(alert.probe))

    @property
    def collapsed(self) -> tuple[ProbeOutcome, ...]:
        """The alerts that count and are a collapse."""
        return tuple(alert for alert in self.counted if alert.collapse)

    def waived(self, probe: str) -> bool:
        """Whether the alert of a probe was waived before the arm was registered."""
        return any(each.probe == probe and not each.late for each in self.waivers)

    @property
    def missing(self) -> tuple[ProbeOutcome, ...]:
        """The probes that could not be measured, and without which the battery is not complete."""
        return tuple(each for each in self.outcomes if each.status is ProbeStatus.INSUFFICIENT and not each.optional)

    @property
    def complete(self) -> bool:
        """Whether every probe that must be could be measured."""
        return not self.missing


def judge(drift: Measured, tolerance: float, rule: Rule) -> ProbeStatus:
    """Compare a drift with its tolerance by its value alone; :mod:`._together` asks whether it may be chance."""
    if not isinstance(drift, Estimate):
        return ProbeStatus.INSUFFICIENT
    centre = 1.0 if drift.unit == "ratio" else 0.0
    upper = centre + tolerance if rule is not Rule.FALL else float("inf")
    lower = centre - tolerance if rule is not Rule.RISE else float("-inf")
    if not lower <= drift.value <= upper:
        return ProbeStatus.ALERT
    inside = lower <= drift.low and drift.high <= upper
    return ProbeStatus.WITHIN if inside else ProbeStatus.UNRESOLVED
