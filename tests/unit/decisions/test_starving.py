"""When an arm counts as starved, and its forecast against what came."""

from __future__ import annotations

import pytest

from passgap.decisions.starving import Supply, compare_yield, shortage, supply_of
from passgap.records import Estimate, Insufficient, Measured
from passgap.records.yields import Minimum, YieldForecast, YieldOf


def count(value: float, low: float, high: float) -> Estimate:
    return Estimate(value=value, low=low, high=high, n=131, m=16, method="a test", unit="count")


def forecast(problems: Measured | None, least: int | None = 100, **further: Measured) -> YieldForecast:
    minimum = Minimum(of=YieldOf.PROBLEMS, amount=least, why="fewer teach nothing") if least else None
    return YieldForecast(arm="picky", problems=problems, minimum=minimum, basis="131 problems", **further)


@pytest.mark.parametrize(
    ("problems", "expected"),
    [
        (count(37, 20, 61), Supply.STARVED),
        (count(37, 20, 99), Supply.STARVED),
        (count(37, 20, 100), Supply.DOUBTFUL),
        (count(99, 70, 130), Supply.DOUBTFUL),
        (count(100, 70, 130), Supply.ENOUGH),
        (Insufficient(insufficient="no problem was measured", n=0, m=0), Supply.UNKNOWN),
        (None, Supply.UNKNOWN),
    ],
)
def test_only_an_interval_that_is_all_below_the_minimum_starves(problems: Measured | None, expected: Supply) -> None:
    assert supply_of(forecast(problems)) is expected


def test_an_arm_without_a_minimum_never_starves() -> None:
    assert supply_of(forecast(count(0, 0, 0), least=None)) is Supply.UNKNOWN


def test_a_shortage_is_told_with_its_numbers_and_the_reason() -> None:
    said = shortage(forecast(count(37, 20, 61)))
    assert said == (
        "37 [20, 61] distinct problems are forecast from 131 problems: at most 61, and the minimum is 100, because "
        "fewer teach nothing."
    )


def test_the_outcome_is_set_against_the_forecast() -> None:
    made = forecast(count(37, 20, 61), examples=count(90, 50, 150))
    found = compare_yield(made, {YieldOf.PROBLEMS: 41, YieldOf.EXAMPLES: 180, YieldOf.PAIRS: 3})
    assert [(row.quantity, row.actual, row.within) for row in found.rows] == [
        (YieldOf.EXAMPLES, 180, False),
        (YieldOf.PROBLEMS, 41, True),
    ]
    assert found.starved
    assert "1 of 2 quantities came within" in found.summary and "It had 41." in found.summary


def test_what_came_decides_over_what_was_forecast() -> None:
    made = forecast(count(80, 60, 95))
    assert not compare_yield(made, {YieldOf.PROBLEMS: 120}).starved
    assert compare_yield(made, {}).starved
    assert not compare_yield(forecast(count(80, 60, 195)), {}).starved


def test_a_forecast_without_a_quantity_does_not_write_it() -> None:
    written = forecast(count(1, 0, 2), least=None).model_dump(mode="json")
    assert set(written) == {"arm", "problems", "notes", "basis", "declared"}
    assert YieldForecast.model_validate(written).problems == count(1, 0, 2)
