"""The tables that several documents show. Each is built for the pages, and shorter for a terminal as its summary."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from passgap.estimates import Comparison, EstimateTable
from passgap.formatting import Intervals, p_value, points, share, sizes_of, value_of
from passgap.probes import BatteryOutcome, ProbeOutcome, ProbeStatus
from passgap.records import Estimate, Insufficient, Measured
from passgap.report.document import Column, Look, Mark, Row, Shows, Table
from passgap.report.study_report import Fact

Slices = Mapping[str, Mapping[str, Measured]]
"""Measured quantities by slice, of which ``overall`` is one."""

STATUS_LOOKS = {
    ProbeStatus.WITHIN: Look.GOOD,
    ProbeStatus.UNRESOLVED: Look.UNSURE,
    ProbeStatus.ALERT: Look.BAD,
    ProbeStatus.INSUFFICIENT: Look.FAINT,
}


@dataclass(frozen=True, slots=True)
class Sides:
    """The names of the two sides of a comparison: ``tuned`` minus ``base``."""

    base: str
    tuned: str

    @property
    def difference(self) -> str:
        """The name of the delta."""
        return f"{self.tuned} - {self.base}"


BASE_AND_TUNED = Sides("base", "tuned")
BASE_AND_CANDIDATE = Sides("base", "candidate")
"""Where nothing was trained."""


def columns(*names: str) -> tuple[Column, ...]:
    """Plain columns of these names."""
    return tuple(map(Column, names))


def estimates(title: str, table: EstimateTable) -> Table:
    """Every quantity of a table, overall and by slice, with interval, sizes and method."""
    slices = _slices(table)
    intervals = _intervals(slices)
    return Table(
        title=intervals.titled(title),
        columns=columns("slice", "quantity", "value", "interval", "sizes", "method"),
        rows=tuple(
            Row((name, quantity, value_of(each), intervals.of(each), sizes_of(each), _method(each)))
            for name, quantity, each in _rows(slices)
        ),
    )


def estimates_summary(title: str, table: EstimateTable) -> Table:
    """Every quantity of a table; those that could not be measured come last, with the reason."""
    return _summary(title, _slices(table))


def deltas(comparison: Comparison, sides: Sides, title: str) -> Table:
    """Paired deltas with both sides and p-values, overall and by slice."""
    slices = _slices(comparison.delta)
    base, tuned = _slices(comparison.base), _slices(comparison.tuned)
    tested = {"overall": comparison.p_values.overall, **comparison.p_values.slices}
    intervals = _intervals(slices)
    rows = []
    for name, quantity, measured in _rows(slices):
        p = tested.get(name, {}).get(quantity)
        rows.append(
            Row(
                (
                    name,
                    quantity,
                    intervals.beside(base.get(name, {}).get(quantity)),
                    intervals.beside(tuned.get(name, {}).get(quantity)),
                    value_of(measured),
                    intervals.of(measured),
                    "" if p is None else p_value(p),
                    sizes_of(measured),
                )
            )
        )
    header = columns("slice", "quantity", sides.base, sides.tuned, sides.difference, "interval", "p", "sizes")
    return Table(title=intervals.titled(title), columns=header, rows=tuple(rows), shows=Shows.DELTAS)


def deltas_summary(title: str, comparison: Comparison) -> Table:
    """Paired deltas under a title that says of what."""
    return replace(_summary(title, _slices(comparison.delta)), shows=Shows.DELTAS)


def battery(outcome: BatteryOutcome, sides: Sides = BASE_AND_TUNED) -> Table:
    """The battery, one row per probe, with an interval beside every value."""
    intervals = Intervals(part for each in outcome.outcomes for part in (each.base, each.tuned, each.drift))
    rows = tuple(
        Row(
            (
                each.probe,
                each.quantity + (f" ({each.note})" if each.note else ""),
                intervals.beside(each.base),
                intervals.beside(each.tuned),
                intervals.beside(each.drift),
                tolerance_of(each),
                Mark(each.status.value, STATUS_LOOKS[each.status]),
            )
        )
        for each in outcome.outcomes
    )
    return Table(
        title=intervals.titled("Anti-collapse battery"),
        columns=columns("probe", "quantity", sides.base, sides.tuned, "drift", "tolerance", "outcome"),
        rows=rows,
        shows=Shows.BATTERY,
    )


def battery_summary(outcome: BatteryOutcome, title: str = "battery") -> Table:
    """The battery, one row per probe: its drift with the interval; both sides, with theirs, are on the pages."""
    intervals = Intervals(each.drift for each in outcome.outcomes)
    rows = tuple(
        Row(
            (
                each.probe,
                value_of(each.drift),
                intervals.of(each.drift),
                f"{each.rule.value} {limit_of(each)}",
                Mark(each.status.value, STATUS_LOOKS[each.status]),
            )
        )
        for each in outcome.outcomes
    )
    return Table(
        title=intervals.titled(title),
        columns=columns("probe", "drift", "interval", "tolerance", "outcome"),
        rows=rows,
        shows=Shows.BATTERY,
    )


def tolerance_of(outcome: ProbeOutcome) -> str:
    """How far a probe may drift, in the unit of its drift: percentage points, or percent of what base has."""
    of = " of base" if outcome.is_relative else ""
    return f"{outcome.rule.value} of at most {limit_of(outcome)}{of}"


def limit_of(outcome: ProbeOutcome) -> str:
    """The size of a tolerance alone: a share of base in percent, a difference in percentage points."""
    if isinstance(outcome.drift, Estimate) and outcome.drift.unit == "nats":
        return f"{outcome.tolerance:g} nats"
    return share(outcome.tolerance) if outcome.is_relative else points(outcome.tolerance)


def facts(title: str, lines: Sequence[Fact]) -> Table:
    """Labelled lines."""
    rows = tuple(Row((line.label, line.text)) for line in lines)
    return Table(title=title, columns=columns("", ""), rows=rows, shows=Shows.DECLARED)


def _summary(title: str, slices: Slices) -> Table:
    intervals = _intervals(slices)
    ordered = {name: dict(sorted(row.items(), key=_order)) for name, row in slices.items()}
    return Table(
        title=intervals.titled(title),
        columns=(
            Column("slice"),
            Column("quantity"),
            Column("value", numeric=True),
            Column("interval"),
            Column("sizes", faint=True),
        ),
        rows=tuple(
            Row((name, quantity, value_of(each), intervals.of(each), sizes_of(each)))
            for name, quantity, each in _rows(ordered)
        ),
        grouped=True,
    )


def _slices(table: EstimateTable) -> Slices:
    return {"overall": table.overall, **table.slices}


def _rows(slices: Slices) -> Iterator[tuple[str, str, Measured]]:
    for name, row in slices.items():
        for quantity, measured in row.items():
            yield name, quantity, measured


def _intervals(slices: Slices) -> Intervals:
    return Intervals(measured for _, _, measured in _rows(slices))


def _order(item: tuple[str, Measured]) -> tuple[bool, bool]:
    quantity, measured = item
    return isinstance(measured, Insufficient), quantity.startswith("gap")


def _method(measured: Measured) -> str:
    if isinstance(measured, Insufficient):
        return ""
    return f"{measured.method}; {measured.warning}" if measured.warning else measured.method
