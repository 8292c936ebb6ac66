"""The yield of every arm: what it will have to learn from, and, where it was run, what it had."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from passgap.decisions.starving import Supply, YieldOutcome, YieldRow, shortage, supply_of
from passgap.formatting import Intervals, count, hours, money, share, sizes_of, value_of
from passgap.records.yields import YieldForecast, YieldOf
from passgap.report.document import Block, Bullets, Cell, Column, Heading, Look, Mark, Row, Section, Table, paragraph
from passgap.report.study_report import StudyReport

ASSUMED = (
    "The pool's problems are taken to be as hard as the measured ones, and samples at an arm's own decoding to pass as "
    "often as theirs. Each interval is of the sum over the pool itself; those of hours and money come from the number "
    "of examples alone."
)

LOOKS = {
    Supply.ENOUGH: Look.GOOD,
    Supply.DOUBTFUL: Look.UNSURE,
    Supply.STARVED: Look.BAD,
    Supply.UNKNOWN: Look.FAINT,
}


def sections(report: StudyReport) -> Iterator[Section]:
    """Yield the forecasts, as they were recorded before any arm began."""
    if report.forecasts:
        table = forecasts(report.forecasts, "Forecast yields", report.setup.currency)
        yield Section(heading=Heading("Yields"), blocks=(table, *cautions(report.forecasts)))


def forecasts(made: Sequence[YieldForecast], title: str, currency: str) -> Table:
    """Every quantity of every arm, with the minimum beside the one that it is about."""
    found = [(each, quantity, measured) for each in made for quantity, measured in each.quantities().items()]
    intervals = Intervals(measured for _, _, measured in found)
    return Table(
        title=intervals.titled(title) if title else "",
        columns=(
            Column("arm"),
            Column("quantity"),
            Column("forecast", numeric=True),
            Column("interval"),
            Column("sizes", faint=True),
            Column("minimum"),
        ),
        rows=tuple(
            Row(
                (
                    each.arm if each.declared else f"{each.arm} (not declared)",
                    currency if quantity is YieldOf.MONEY else quantity.caption,
                    value_of(measured),
                    intervals.of(measured),
                    sizes_of(measured),
                    _minimum(each, quantity),
                )
            )
            for each, quantity, measured in found
        ),
        grouped=True,
    )


def _minimum(forecast: YieldForecast, quantity: YieldOf) -> Cell:
    minimum = forecast.minimum
    if minimum is None or minimum.of is not quantity or minimum.amount == 1:
        return ""
    supply = supply_of(forecast)
    return Mark(f"{count(minimum.amount)}: {supply.value}", LOOKS[supply])


def cautions(made: Sequence[YieldForecast]) -> Iterator[Block]:
    """Yield the arms that starve or may starve, what the forecasts rest on, and what they assume."""
    short = {each.arm: each for each in made if supply_of(each) in (Supply.STARVED, Supply.DOUBTFUL)}
    yield Bullets(
        tuple(
            f"{name} {'would starve' if supply_of(each) is Supply.STARVED else 'may starve'}: {shortage(each)}"
            for name, each in short.items()
        )
    )
    yield Bullets(tuple(f"{each.arm}: {note}." for each in made for note in each.notes))
    sources = ", ".join(dict.fromkeys(each.basis for each in made if each.basis))
    yield paragraph(f"Forecast from {sources}." if sources else "", ASSUMED, look=Look.FAINT)


def outcome(yields: YieldOutcome) -> Table:
    """An arm's yield, beside its forecast."""
    intervals = Intervals(row.forecast for row in yields.rows)
    return Table(
        title=intervals.titled("Yield: forecast and outcome"),
        columns=(
            Column("quantity"),
            Column("forecast", numeric=True),
            Column("interval"),
            Column("came", numeric=True),
            Column("within"),
        ),
        rows=tuple(
            Row(
                (
                    row.quantity.caption,
                    value_of(row.forecast),
                    intervals.of(row.forecast),
                    _actual(row),
                    Mark("yes", Look.GOOD) if row.within else Mark("no", Look.UNSURE),
                )
            )
            for row in yields.rows
        ),
    )


def _actual(row: YieldRow) -> str:
    match row.quantity:
        case YieldOf.HOURS:
            return f"{hours(row.actual)} h"
        case YieldOf.MONEY:
            return money(row.actual)
        case YieldOf.IDLE_STEPS:
            return share(row.actual)
        case _:
            return count(round(row.actual))
