"""Means of scores without an upper bound: defined from two problems on, and never below nothing."""

from __future__ import annotations

import pytest

from passgap.estimates import difference_interval, mean_interval, positive_mean_interval
from passgap.records import Estimate, Insufficient


def test_two_problems_are_enough_and_one_is_not() -> None:
    two = positive_mean_interval([10.0, 12.0], m=3)
    assert isinstance(two, Estimate)
    assert (two.value, two.n, two.m, two.unit) == (11.0, 2, 3, "tokens")
    assert two.low == 0.0 and two.high == pytest.approx(11.0 + 12.7062, abs=1e-3)
    one = positive_mean_interval([10.0], m=3)
    assert isinstance(one, Insufficient) and (one.n, one.m) == (1, 3)


def test_the_interval_is_students_t_over_problems() -> None:
    got = positive_mean_interval([0.1, 0.2, 0.3, 0.4], unit="nats", level=0.9)
    assert isinstance(got, Estimate)
    half = 2.353363 * (0.05 / 3 / 4) ** 0.5
    assert (got.low, got.high) == (pytest.approx(0.25 - half, abs=1e-6), pytest.approx(0.25 + half, abs=1e-6))
    assert (got.unit, got.level) == ("nats", 0.9)


@pytest.mark.parametrize("score", [-1e-9, float("nan"), float("inf")])
def test_a_score_that_is_negative_or_not_finite_is_refused(score: float) -> None:
    with pytest.raises(ValueError, match="finite number of 0 or more"):
        positive_mean_interval([1.0, score])


def test_a_warning_stands_below_three_problems_of_the_rarer_result_and_below_twenty_that_differ() -> None:
    def warning(measured: object) -> str:
        assert isinstance(measured, Estimate)
        return measured.warning

    assert warning(mean_interval([1.0] * 3 + [0.0] * 57)) == ""
    assert "only 2.0 problems' worth of the rarer result" in warning(mean_interval([1.0] * 2 + [0.0] * 58))
    assert warning(difference_interval([0.5] * 20 + [0.0] * 40)) == ""
    assert warning(difference_interval([0.5] * 19 + [0.0] * 41)) == "only 19 problems differ"
    assert warning(difference_interval([0.5] * 20 + [0.0] * 29)) == "only 49 problems"
    assert warning(mean_interval([0.5])).startswith("only 1 problem; ")


def test_a_score_of_nothing_is_a_score() -> None:
    got = positive_mean_interval([0.0, 2.0])
    assert isinstance(got, Estimate) and got.value == 1.0
