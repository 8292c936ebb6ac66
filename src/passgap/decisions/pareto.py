"""Pareto comparison of arms on accuracy and device-hours, with uncertainty on both axes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum

from pydantic import Field

from passgap.decisions.wording import listed
from passgap.estimates import PairedDelta
from passgap.records import Estimate, Insufficient, Measured, Record
from passgap.records.units import DeviceHours


class Cost(Record):
    """Device-hours spent on an arm beyond the base model, as a range where they could not be measured exactly."""

    hours: DeviceHours = Field(ge=0.0)
    low: DeviceHours = Field(ge=0.0)
    high: DeviceHours = Field(ge=0.0)


class ArmPoint(Record):
    """One arm on the plane: pass@1 and its cost."""

    arm: str
    accuracy: Measured
    cost: Cost


class Relation(StrEnum):
    """How one arm stands to another."""

    DOMINATES = "dominates"
    """Surely no worse on both axes and surely better on one."""
    DOMINATED = "dominated"
    """The reverse."""
    TRADE_OFF = "trade-off"
    """Surely better on one axis and surely worse on the other."""
    UNRESOLVED = "unresolved"
    """The intervals do not say."""


class ParetoRow(Record):
    """One arm against one baseline, by both rules."""

    arm: str
    baseline: str
    relation: Relation
    """By the paired interval of the accuracy difference: this one counts."""
    strict: Relation
    """By non-overlap of the two arms' own intervals: shown for comparison."""
    lift: Measured
    extra_hours: DeviceHours
    lift_per_hour: Measured
    """Accuracy gained over the baseline for each extra device-hour, where the arm costs more."""


class ParetoOutcome(Record):
    """The comparison of one arm with every measured baseline."""

    arm: str
    rows: tuple[ParetoRow, ...]
    front: tuple[str, ...]
    """Arms that no other arm dominates."""
    may_ship: bool
    """Whether it dominates at least one baseline."""
    summary: str


def compare_pareto(
    arm: str, points: Sequence[ArmPoint], lifts: Mapping[tuple[str, str], PairedDelta], *, margin: float = 0.0
) -> ParetoOutcome:
    """Compare ``arm`` with every other point.

    Accuracy is surely better where the paired interval lies above 0, and surely no worse where it lies above
    ``-margin``; costs where their ranges do not overlap or are equal.

    Args:
        arm: the arm to be judged.
        points: every measured arm, this one among them, base included.
        lifts: the paired pass@1 delta of (arm, baseline), arm minus baseline, for every pair of arms that is to be
            compared; the reverse pair is derived.
        margin: an accuracy difference that does not matter, declared beforehand; 0 asks for a shown lift.

    Raises:
        ValueError: ``arm`` is not among the points, or a pair with it has no delta.
    """
    by_name = {point.arm: point for point in points}
    if arm not in by_name:
        raise ValueError(f"{arm} is not among the measured arms: {listed(sorted(by_name))}")
    others = [point for point in points if point.arm != arm]
    missing = [point.arm for point in others if _lift(lifts, arm, point.arm) is None]
    if missing:
        raise ValueError(f"{arm} has no paired delta against {listed(missing)}")
    rows = tuple(_row(by_name[arm], other, lifts, margin) for other in others)
    beaten = [row.baseline for row in rows if row.relation is Relation.DOMINATES]
    return ParetoOutcome(
        arm=arm,
        rows=rows,
        front=tuple(point.arm for point in points if not _is_dominated(point, points, lifts, margin)),
        may_ship=bool(beaten),
        summary=_summary(arm, rows, beaten),
    )


def _summary(arm: str, rows: Sequence[ParetoRow], beaten: Sequence[str]) -> str:
    if not rows:
        return f"No baseline was measured, so {arm} dominates nothing."
    if beaten:
        return f"{arm} dominates {listed(list(beaten))} on accuracy and device-hours."
    stands = "; ".join(f"{row.baseline}: {row.relation}" for row in rows)
    return f"{arm} dominates no measured baseline ({stands})."


def _lift(lifts: Mapping[tuple[str, str], PairedDelta], arm: str, other: str) -> Measured | None:
    if (arm, other) in lifts:
        return lifts[arm, other].delta
    if (other, arm) in lifts:
        return _negated(lifts[other, arm].delta)
    return None


def _negated(measured: Measured) -> Measured:
    if isinstance(measured, Insufficient):
        return measured
    return measured.model_copy(update={"value": -measured.value, "low": -measured.high, "high": -measured.low})


def _row(point: ArmPoint, other: ArmPoint, lifts: Mapping[tuple[str, str], PairedDelta], margin: float) -> ParetoRow:
    lift = _lift(lifts, point.arm, other.arm)
    assert lift is not None
    extra = point.cost.hours - other.cost.hours
    return ParetoRow(
        arm=point.arm,
        baseline=other.arm,
        relation=_relation(_paired_sign(lift, margin), _cost_sign(point.cost, other.cost)),
        strict=_relation(_strict_sign(point.accuracy, other.accuracy), _cost_sign(point.cost, other.cost)),
        lift=lift,
        extra_hours=extra,
        lift_per_hour=_per_hour(lift, extra),
    )


def _per_hour(lift: Measured, hours: float) -> Measured:
    if isinstance(lift, Insufficient):
        return lift
    if hours <= 0.0:
        return Insufficient(insufficient="it costs no more than the baseline", n=lift.n, m=lift.m)
    scaled = {name: getattr(lift, name) / hours for name in ("value", "low", "high")}
    return lift.model_copy(update=scaled)


_Sign = float | None
"""+1 surely better, 0.5 surely no worse, 0 equal, -0.5 surely no better, -1 surely worse, None unknown."""


def _paired_sign(lift: Measured, margin: float) -> _Sign:
    if not isinstance(lift, Estimate):
        return None
    if lift.low > 0.0:
        return 1.0
    if lift.high < 0.0:
        return -1.0
    if margin > 0.0 and lift.low >= -margin:
        return 0.0 if lift.high <= margin else 0.5
    return -0.5 if margin > 0.0 and lift.high <= margin else None


def _strict_sign(mine: Measured, theirs: Measured) -> _Sign:
    if not isinstance(mine, Estimate) or not isinstance(theirs, Estimate):
        return None
    if mine.low > theirs.high:
        return 1.0
    return -1.0 if mine.high < theirs.low else None


def _cost_sign(mine: Cost, theirs: Cost) -> _Sign:
    if mine.high < theirs.low:
        return 1.0
    if mine.low > theirs.high:
        return -1.0
    return 0.0 if (mine.low, mine.high) == (theirs.low, theirs.high) else None


def _relation(accuracy: _Sign, cost: _Sign) -> Relation:
    if accuracy is None or cost is None:
        return Relation.UNRESOLVED
    if min(accuracy, cost) >= 0.0 and max(accuracy, cost) == 1.0:
        return Relation.DOMINATES
    if max(accuracy, cost) <= 0.0 and min(accuracy, cost) == -1.0:
        return Relation.DOMINATED
    if accuracy * cost < 0.0 and abs(accuracy) == abs(cost) == 1.0:
        return Relation.TRADE_OFF
    return Relation.UNRESOLVED


def _is_dominated(
    point: ArmPoint, points: Sequence[ArmPoint], lifts: Mapping[tuple[str, str], PairedDelta], margin: float
) -> bool:
    for other in points:
        lift = None if other.arm == point.arm else _lift(lifts, point.arm, other.arm)
        if lift is None:
            continue
        relation = _relation(_paired_sign(lift, margin), _cost_sign(point.cost, other.cost))
        if relation is Relation.DOMINATED:
            return True
    return False
