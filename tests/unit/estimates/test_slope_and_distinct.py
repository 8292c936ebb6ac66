"""The slope of pass@k over log k, and how different right answers are."""

from __future__ import annotations

import numpy as np
import pytest

from passgap.estimates import counts_from_aggregates, estimate_pass_at_k
from passgap.estimates.distinct import right_answers_differ, right_answers_differ_change
from passgap.estimates.slope import pass_slope, pass_slope_change
from passgap.records import Estimate, Insufficient

KS = (1, 2, 4, 8)


def counts(*correct: int, n: int = 8) -> object:
    return counts_from_aggregates([{"task_id": f"p{i}", "n": n, "c": c} for i, c in enumerate(correct)])


def test_the_slope_is_that_of_the_line_through_the_mean_pass_at_k() -> None:
    table = counts(0, 1, 2, 5, 8, 0, 3)
    found = pass_slope(table, KS)  # type: ignore[arg-type]
    means = [estimate_pass_at_k(table, k).value for k in KS]  # type: ignore[arg-type, union-attr]
    assert isinstance(found, Estimate)
    assert found.value == pytest.approx(np.polyfit(np.log(KS), means, 1)[0])
    assert found.low <= found.value <= found.high


def test_its_change_is_paired_by_problem() -> None:
    before, after = counts(1, 1, 2, 4), counts(8, 8, 8, 8)
    change = pass_slope_change(before, after, KS)  # type: ignore[arg-type]
    alone = pass_slope(before, KS)  # type: ignore[arg-type]
    assert isinstance(change, Estimate) and isinstance(alone, Estimate)
    assert change.value == pytest.approx(-alone.value)
    nothing = pass_slope_change(before, before, KS)  # type: ignore[arg-type]
    assert isinstance(nothing, Estimate) and nothing.value == 0.0


def test_one_k_has_no_slope() -> None:
    assert isinstance(pass_slope(counts(1, n=1), KS), Insufficient)  # type: ignore[arg-type]


def test_right_answers_are_told_apart_without_bias() -> None:
    found = right_answers_differ({"a": ["x", "x", "y"], "b": ["x"], "c": ["x", "y"], "d": ["x", "x"]})
    assert isinstance(found, Estimate)
    assert found.value == pytest.approx((2 / 3 + 1.0 + 0.0) / 3)
    change = right_answers_differ_change({"a": ["x", "y"], "b": ["x", "y"]}, {"a": ["x", "x"], "b": ["x"]})
    assert isinstance(change, Estimate) and (change.value, change.n) == (-1.0, 1)
    assert isinstance(right_answers_differ({"a": ["x"]}), Insufficient)
    assert isinstance(right_answers_differ_change({"a": ["x"]}, {"b": ["x"]}), Insufficient)
