"""Figures that stand alone: each takes its interval with it, and a delta also its slices and its battery.

A renderer that is handed one of these can rely on it: a bare number, or a delta without what it needs, is refused when
the block is made, whether or not a type checker has seen the call.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from passgap.estimates import Comparison
from passgap.probes import BatteryOutcome, ProbeOutcome, ProbeStatus
from passgap.records import Estimate, Insufficient, Measured, Record

_LOOKS = ("plain", "good", "unsure", "bad")


class BareFigureError(TypeError):
    """A figure was to be shown without what it cannot be read without: a bug of the caller."""


@dataclass(frozen=True, slots=True)
class Number:
    """A measured quantity on its own, with what it means in words."""

    label: str
    measured: Measured
    meaning: str = ""
    look: str = "plain"
    """``plain``, ``good``, ``unsure`` or ``bad``."""
    of: str = field(default="problems", kw_only=True)
    """The things that its ``n`` counts."""

    def __post_init__(self) -> None:
        if not isinstance(self.measured, Estimate | Insufficient):
            raise BareFigureError(
                f"{self.label}: {self.measured!r} is a bare number; an estimate has an interval and sizes"
            )
        if getattr(self.measured, "unit", None) == "difference" and not isinstance(self, Delta | Drift):
            raise BareFigureError(f"{self.label}: a change stands alone as a delta, or as the drift of a probe")
        if self.look not in _LOOKS:
            raise ValueError(f"{self.look} is no look of a number: {', '.join(_LOOKS)}")


@dataclass(frozen=True, slots=True)
class Delta(Number):
    """A change of a candidate against the base model, which is not shown without its slices and its battery."""

    comparison: Comparison | None = field(default=None, kw_only=True)
    """Where the change is from: its slices, its sizes and its p-values."""
    battery: BatteryOutcome | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        Number.__post_init__(self)
        refuse_bare_delta(self.label, self.comparison, self.battery)
        assert self.comparison is not None
        if self.measured not in self.comparison.delta.overall.values():
            raise BareFigureError(f"{self.label}: the change is none of the comparison that it comes with")

    @property
    def beside(self) -> str:
        """The findings of the battery, and where the slices are, in a clause."""
        assert self.battery is not None and self.comparison is not None
        checked = f"Side effects: {battery_in_short(self.battery)}"
        return f"{checked}; by difficulty: in its section" if self.comparison.delta.slices else checked


@dataclass(frozen=True, slots=True)
class Drift(Number):
    """The drift of a probe from the base model, beside what was allowed."""

    outcome: ProbeOutcome | None = field(default=None, kw_only=True)
    """Where the drift is from."""

    def __post_init__(self) -> None:
        Number.__post_init__(self)
        if not isinstance(self.outcome, ProbeOutcome) or self.measured != self.outcome.drift:
            raise BareFigureError(f"{self.label}: a drift is shown with the outcome of its probe")


@dataclass(frozen=True, slots=True)
class Numbers:
    """Figures side by side."""

    numbers: tuple[Number, ...]


def refuse_bare_delta(label: str, comparison: object, battery: object) -> None:
    """Refuse a delta that lacks its slices or its battery.

    Raises:
        BareFigureError: it does.
    """
    if not isinstance(comparison, Record) or not isinstance(comparison, Comparison):
        raise BareFigureError(f"{label}: a delta is shown with the comparison that it is from")
    if not comparison.delta.slices and len({*comparison.base.slices, *comparison.tuned.slices}) > 0:
        raise BareFigureError(f"{label}: a delta is shown with its slices")
    if not isinstance(battery, BatteryOutcome) or not battery.outcomes:
        raise BareFigureError(f"{label}: a delta is shown with its battery")


def battery_in_short(battery: BatteryOutcome) -> str:
    """How many probes are out of tolerance, of how many that could be measured."""
    unmeasured = sum(each.status is ProbeStatus.INSUFFICIENT for each in battery.outcomes)
    said = f"{len(battery.alerts)} of {len(battery.outcomes)} probes out of tolerance"
    return f"{said}, {unmeasured} not measurable" if unmeasured else said
