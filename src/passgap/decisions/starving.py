"""Whether an arm has enough to learn from: its forecast against its minimum, and then against what came."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from passgap.formatting import count, stated
from passgap.records import Estimate, Record
from passgap.records.yields import Minimum, YieldForecast, YieldOf


class Supply(StrEnum):
    """How a forecast stands to the minimum of its arm."""

    ENOUGH = "enough"
    """The value is at the minimum or above it."""
    DOUBTFUL = "doubtful"
    """The value is below the minimum, and the upper end of the interval is not."""
    STARVED = "starved"
    """Even the upper end of the interval is below the minimum."""
    UNKNOWN = "unknown"
    """Nothing was measured that could tell, or the arm has no minimum."""


def supply_of(forecast: YieldForecast) -> Supply:
    """Compare a forecast with the minimum of its arm.

    The whole interval must lie below the minimum for an arm to count as starved: counts of few problems refuse nothing
    that may well work.
    """
    minimum = forecast.minimum
    found = forecast.of(minimum.of) if minimum else None
    if minimum is None or not isinstance(found, Estimate):
        return Supply.UNKNOWN
    if found.high < minimum.amount:
        return Supply.STARVED
    return Supply.DOUBTFUL if found.value < minimum.amount else Supply.ENOUGH


def shortage(forecast: YieldForecast) -> str:
    """How a forecast falls short of the minimum, in a sentence with the numbers; it must have a minimum."""
    minimum = forecast.minimum
    assert minimum is not None
    found = forecast.of(minimum.of)
    assert found is not None
    most = f" at most {count(int(found.high))}, and" if isinstance(found, Estimate) else ""
    return (
        f"{stated(found)} {minimum.of.caption} are forecast from {forecast.basis or 'counts'}:{most} the minimum is "
        f"{count(minimum.amount)}, because {minimum.why}."
    )


class YieldRow(Record):
    """A quantity as it was forecast, and as it came."""

    quantity: YieldOf
    forecast: Estimate
    actual: float
    within: bool
    """Whether it came within the interval of the forecast."""


class YieldOutcome(Record):
    """The yield of an arm that was run: prediction against outcome."""

    forecast: YieldForecast
    rows: tuple[YieldRow, ...]
    starved: bool
    """Whether the arm had less than its minimum: by what came, or, where that is not known, by the forecast."""
    summary: str


def compare_yield(forecast: YieldForecast, actual: Mapping[YieldOf, float]) -> YieldOutcome:
    """Set the forecast of an arm against what it had to learn from."""
    rows = tuple(
        YieldRow(
            quantity=quantity,
            forecast=found,
            actual=actual[quantity],
            within=found.low <= actual[quantity] <= found.high,
        )
        for quantity, found in forecast.quantities().items()
        if quantity in actual and isinstance(found, Estimate)
    )
    minimum = forecast.minimum
    came = actual.get(minimum.of) if minimum else None
    starved = supply_of(forecast) is Supply.STARVED if minimum is None or came is None else came < minimum.amount
    return YieldOutcome(forecast=forecast, rows=rows, starved=starved, summary=_summary(rows, minimum, came, starved))


def _summary(rows: tuple[YieldRow, ...], minimum: Minimum | None, came: float | None, starved: bool) -> str:
    said = []
    yields = [row for row in rows if row.quantity not in (YieldOf.HOURS, YieldOf.MONEY)]
    if yields:
        inside = sum(row.within for row in yields)
        said.append(f"{inside} of {len(yields)} quantities came within the interval of their forecast.")
    if starved and minimum is not None:
        had = "" if came is None else f" It had {count(int(came))}."
        said.append(
            f"The arm was starved: it needs {count(minimum.amount)} {minimum.of.caption}, because {minimum.why}.{had} "
            f"A null result says nothing of the method."
        )
    return " ".join(said)
