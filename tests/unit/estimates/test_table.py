from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from passgap.estimates import (
    Counts,
    counts_from_aggregates,
    counts_from_columns,
    estimate_all,
    estimate_gap,
    estimate_pass_at_k,
    pass_at_k,
)
from passgap.records import Estimate, Insufficient


def table(correct: list[int], m: int = 16, difficulties: list[str] | None = None) -> Counts:
    names = [f"p{i:04d}" for i in range(len(correct))]
    return counts_from_columns(names, [m] * len(correct), correct, difficulties=difficulties)


@given(st.lists(st.integers(0, 16), min_size=1, max_size=60), st.integers(1, 16), st.sampled_from([0.8, 0.95, 0.99]))
def test_value_is_the_mean_and_lies_in_a_proper_interval(correct: list[int], k: int, level: float) -> None:
    counts = table(correct)
    measured = estimate_pass_at_k(counts, k, level=level)
    assert isinstance(measured, Estimate)
    assert measured.value == pytest.approx(pass_at_k(counts.samples, counts.correct, k).mean(), abs=1e-12)
    assert 0.0 <= measured.low <= measured.value <= measured.high <= 1.0
    assert measured.high > measured.low
    assert (measured.n, measured.m, measured.level) == (len(correct), 16, level)
    narrower = estimate_pass_at_k(counts, k, level=level - 0.1)
    assert isinstance(narrower, Estimate)
    assert narrower.low >= measured.low - 1e-12 and narrower.high <= measured.high + 1e-12


@given(st.lists(st.integers(0, 16), min_size=1, max_size=60))
def test_failures_mirror_successes(correct: list[int]) -> None:
    passed, failed = estimate_pass_at_k(table(correct), 1), estimate_pass_at_k(table([16 - c for c in correct]), 1)
    assert isinstance(passed, Estimate) and isinstance(failed, Estimate)
    assert passed.low == pytest.approx(1 - failed.high, abs=1e-9)
    assert passed.high == pytest.approx(1 - failed.low, abs=1e-9)


def test_all_wrong_and_all_right_keep_an_honest_interval() -> None:
    zeros, ones = estimate_pass_at_k(table([0] * 50), 1), estimate_pass_at_k(table([16] * 50), 1)
    assert isinstance(zeros, Estimate) and isinstance(ones, Estimate)
    assert (zeros.value, zeros.low, round(zeros.high, 3)) == (0.0, 0.0, 0.076)
    assert (ones.value, round(ones.low, 3), ones.high) == (1.0, 0.924, 1.0)
    assert "rarer" in zeros.warning


def test_one_problem_says_next_to_nothing() -> None:
    measured = estimate_pass_at_k(table([16]), 1)
    assert isinstance(measured, Estimate)
    assert measured.value == 1.0 and measured.low < 0.05


def test_undefined_is_insufficient_with_its_reason() -> None:
    for measured in (estimate_pass_at_k(table([]), 1), estimate_gap(table([]), 4)):
        assert isinstance(measured, Insufficient) and measured.n == 0
    short = estimate_pass_at_k(counts_from_columns(["a", "b"], [16, 3], [1, 1]), 4)
    assert isinstance(short, Insufficient)
    assert "1 of 2 problems" in short.insufficient and short.m == 3


def test_gap_at_one_is_refused() -> None:
    with pytest.raises(ValueError, match="2 or more"):
        estimate_gap(table([1]), 1)


def test_uneven_samples_use_each_problem_in_full() -> None:
    counts = counts_from_columns(["a", "b"], [4, 20], [1, 10])
    measured = estimate_pass_at_k(counts, 1)
    assert isinstance(measured, Estimate)
    assert measured.value == pytest.approx((0.25 + 0.5) / 2)
    assert measured.m == 4


def test_unscored_samples_are_counted_and_unmeasured_problems_said() -> None:
    counts = counts_from_columns(["a", "b", "c"], [4, 4, 0], [2, 2, 0], unscored=[1, 0, 5])
    measured = estimate_pass_at_k(counts, 1)
    assert isinstance(measured, Estimate)
    assert (measured.value, measured.n, measured.unscored) == (0.5, 2, 6)
    assert "1 problem without a scored sample is left out" in measured.warning


def test_names_and_slices_of_the_full_table() -> None:
    difficulties = ["easy"] * 30 + ["hard"] * 30
    full = estimate_all(table([12] * 30 + [2] * 30, difficulties=difficulties), (1, 16))
    assert list(full.overall) == ["pass@1", "pass@16", "gap@16"]
    assert list(full.slices) == list(full.simultaneous) == ["easy", "hard"]
    single, joint = full.slices["hard"]["pass@1"], full.simultaneous["hard"]["pass@1"]
    assert isinstance(single, Estimate) and isinstance(joint, Estimate)
    assert joint.level == pytest.approx(0.975)
    assert joint.low < single.low and joint.high > single.high
    dumped = full.model_dump(mode="json")["overall"]["pass@16"]
    assert {"value", "low", "high", "n", "m", "method", "level"} <= dumped.keys()


def test_without_difficulties_there_are_no_slices() -> None:
    assert estimate_all(table([1, 2, 3])).slices == {}


def test_samples_and_aggregates_give_the_same_table() -> None:
    rows = [{"task_id": f"p{i:04d}", "n": 16, "c": c} for i, c in enumerate([0, 5, 16])]
    assert estimate_all(counts_from_aggregates(rows)) == estimate_all(table([0, 5, 16]))


@given(st.lists(st.integers(0, 16), min_size=2, max_size=40), st.randoms(use_true_random=False))
def test_the_order_of_problems_changes_nothing(correct: list[int], shuffler: np.random.Generator) -> None:
    names = [f"p{i}" for i in range(len(correct))]
    order = list(range(len(correct)))
    shuffler.shuffle(order)
    straight = counts_from_columns(names, [16] * len(correct), correct)
    mixed = counts_from_columns([names[i] for i in order], [16] * len(correct), [correct[i] for i in order])
    assert estimate_all(straight) == estimate_all(mixed)


def test_a_gap_begins_at_two_tries() -> None:
    counts = counts_from_columns(["a", "b"], [4, 4], [0, 2])
    gap = estimate_gap(counts, 2)
    assert isinstance(gap, Estimate) and gap.value == pytest.approx((5 / 6 - 1 / 2) / 2) and gap.unit == "points"
    with pytest.raises(ValueError, match="k must be 2 or more"):
        estimate_gap(counts, 1)
