"""The next move: lifts that are no surer than their sources, prices, and what would change the advice."""

from __future__ import annotations

import pytest

from passgap.decisions import Evidence, VerdictKind, decide_verdict
from passgap.decisions.advice import AdvisedMove, advise, expected_lift, priced
from passgap.estimates import counts_from_columns, estimate_all
from passgap.predictors import Prediction
from passgap.records import Estimate, Insufficient
from passgap.records.yields import YieldForecast


def estimate(value: float, low: float, high: float) -> Estimate:
    return Estimate(value=value, low=low, high=high, n=60, m=8, method="t", unit="difference")


def said(name: str, size: Estimate | None) -> Prediction:
    return Prediction(predictor=name, measured=estimate(0.1, 0.0, 0.2), size=size, because="x")


def test_the_expected_lift_reaches_over_the_intervals_of_all_that_foretell_one() -> None:
    lift, rests = expected_lift(
        [said("a", estimate(0.03, 0.01, 0.05)), said("b", None), said("c", estimate(0.01, -0.02, 0.04))]
    )
    assert isinstance(lift, Estimate)
    assert (lift.value, lift.low, lift.high) == (pytest.approx(0.02), -0.02, 0.05)
    assert "a, c foretell" in rests
    assert expected_lift([said("b", None)]) == (
        Insufficient(insufficient="no diagnostic foretells a size", n=0, m=0),
        "",
    )


def test_the_price_is_the_forecast_one() -> None:
    move = AdvisedMove(arm="ssd", recipe="", lift=estimate(0.0, 0.0, 0.0), rests_on="")
    hours = estimate(0.5, 0.4, 0.6)
    assert priced(move, YieldForecast(arm="ssd", hours=hours)).hours == hours
    assert priced(move, None) == move


@pytest.mark.parametrize("correct", [[0] * 180 + [2] * 60 + [8] * 60, [0] * 180 + [2] * 10 + [16] * 60])
def test_what_would_change_the_advice_are_the_rows_that_give_another_verdict(correct: list[int]) -> None:
    counts = counts_from_columns([f"p{n}" for n in range(len(correct))], [16] * len(correct), correct)
    verdict = decide_verdict(Evidence(table=estimate_all(counts)))
    changes = advise(verdict, ()).changes
    settles = [each for each in changes if "would settle it" in each]
    assert bool(settles) == (verdict.verdict is VerdictKind.MEASURE_MORE)
    others = [row for row in verdict.sensitivity if (row.verdict, row.other) != (verdict.verdict, verdict.other)]
    assert all(any(each.startswith(f"{row.input}, {row.at}: ") for each in changes) for row in others)
    assert len(changes) - len(settles) <= len(others)
