"""Several seeds of one arm: the spread between them is in the interval, and nothing else changes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from passgap.errors import StudyError
from passgap.estimates import (
    PASS_AT_1,
    Counts,
    PassAtK,
    compare_all,
    compare_repeated,
    counts_from_columns,
    estimate_all,
    estimate_repeated,
    paired_delta,
    repeated_delta,
    spread_of_seeds,
)
from passgap.estimates.measured import difference_interval
from passgap.records import Estimate, Insufficient

M = 16


def table(correct: list[int], difficulties: list[str] | None = None, m: int = M) -> Counts:
    names = [f"p{i:04d}" for i in range(len(correct))]
    return counts_from_columns(names, [m] * len(correct), correct, difficulties=difficulties)


def estimate(measured: object) -> Estimate:
    assert isinstance(measured, Estimate)
    return measured


tables = st.integers(2, 30).flatmap(
    lambda n: st.lists(st.lists(st.integers(0, M), min_size=n, max_size=n), min_size=3, max_size=5)
)


@given(tables)
def test_with_one_seed_nothing_changes(drawn: list[list[int]]) -> None:
    base, tuned = table(drawn[0]), table(drawn[1])
    assert compare_repeated([base], [tuned], (1, 4)) == compare_all(base, tuned, (1, 4))
    assert estimate_repeated([tuned], (1, 4)) == estimate_all(tuned, (1, 4))
    assert repeated_delta([base], [tuned], PASS_AT_1) == paired_delta(base, tuned, 1)


@given(tables)
def test_the_value_is_the_mean_over_problems_and_seeds(drawn: list[list[int]]) -> None:
    base, seeds = table(drawn[0]), [table(each) for each in drawn[1:]]
    found = repeated_delta([base], seeds, PASS_AT_1)
    expected = np.mean([np.mean(each) for each in drawn[1:]]) / M - np.mean(drawn[0]) / M
    assert estimate(found.delta).value == pytest.approx(expected, abs=1e-12)
    assert estimate(found.tuned).value == pytest.approx(np.mean(drawn[1:]) / M, abs=1e-12)
    for each in (found.delta, found.tuned):
        one = estimate(each)
        assert one.low <= one.value <= one.high
    assert estimate(found.delta).low >= -1.0 and estimate(found.tuned).high <= 1.0


@given(tables)
def test_the_interval_is_never_narrower_than_that_over_problems_alone(drawn: list[list[int]]) -> None:
    base, seeds = table(drawn[0]), [table(each) for each in drawn[1:]]
    differences = np.mean([each.correct / M for each in seeds], axis=0) - base.correct / M
    alone = estimate(difference_interval(differences, m=M))
    found = estimate(repeated_delta([base], seeds, PASS_AT_1).delta)
    assert found.low <= alone.low + 1e-12 and found.high >= alone.high - 1e-12


def test_seeds_that_agree_give_the_interval_over_problems_and_seeds_that_do_not_a_wider_one() -> None:
    base = table([4, 8] * 50)
    alike = estimate(repeated_delta([base], [table([6, 9] * 50)] * 3, PASS_AT_1).delta)
    alone = estimate(paired_delta(base, table([6, 9] * 50), 1).delta)
    assert (alike.low, alike.high) == pytest.approx((alone.low, alone.high))
    apart = [table([6 + shift, 9 + shift] * 50) for shift in (-2, 0, 2)]
    found = repeated_delta([base], apart, PASS_AT_1)
    assert estimate(found.delta).value == pytest.approx(alone.value)
    assert estimate(found.delta).low < 0.0 < alone.low
    assert "3 seeds" in estimate(found.delta).method
    assert found.p_value is not None and found.p_value > 0.05 and "interval" in found.test
    assert paired_delta(base, apart[0], 1).test == "sign-flip"


def test_both_sides_may_be_repeated_and_slices_and_k_follow() -> None:
    difficulties = ["easy", "hard"] * 30
    base = [table([3, 1] * 30, difficulties), table([5, 1] * 30, difficulties)]
    tuned = [table([9, 2] * 30, difficulties, m=16), table([7, 2] * 30, difficulties, m=16)]
    found = compare_repeated(base, tuned, (1, 16))
    assert list(found.delta.overall) == ["pass@1", "pass@16", "gap@16"]
    assert set(found.delta.slices) == {"easy", "hard"}
    assert estimate(found.delta.slices["easy"]["pass@1"]).value == pytest.approx(4 / 16)
    fewer = compare_repeated([base[0]], [table([1] * 60, difficulties, m=4)] * 2, (1, 16))
    assert isinstance(fewer.delta.overall["pass@1"], Estimate)
    assert isinstance(fewer.delta.overall["pass@16"], Insufficient)


def test_seeds_of_other_problems_are_refused() -> None:
    with pytest.raises(StudyError, match="same problems"):
        repeated_delta([table([1, 2])], [table([1, 2]), table([1, 2, 3])], PASS_AT_1)


def test_a_problem_without_a_scored_sample_with_some_seed_is_left_out_and_named() -> None:
    names = ["p0000", "p0001", "p0002"]
    unscored = counts_from_columns(names, [4, 4, 0], [1, 2, 0], unscored=[0, 0, 4])
    whole = counts_from_columns(names, [4, 4, 4], [2, 2, 2])
    found = estimate(repeated_delta([whole], [whole, unscored], PASS_AT_1).delta)
    assert found.n == 2 and "1 problem" in found.warning


def test_the_spread_is_a_standard_deviation_with_its_interval() -> None:
    found = estimate(spread_of_seeds([0.01, 0.03, 0.05], n=100))
    assert found.value == pytest.approx(0.02)
    assert (found.low / 0.02, found.high / 0.02) == pytest.approx((0.5207, 6.2847), abs=1e-3)  # chi-squared, 2 degrees
    assert isinstance(spread_of_seeds([0.01], n=100), Insufficient)


@pytest.mark.parametrize(("seeds", "between"), [(2, 0.03), (3, 0.0), (5, 0.06)])
def test_coverage_over_problems_and_seeds(seeds: int, between: float) -> None:
    """Crossed populations of problems and seeds, whose true mean change is known: 95 % intervals hold it."""
    rng = np.random.default_rng([seeds, round(100 * between)])
    problems, truth, held, plain = 100, 0.05, [], []
    for _ in range(150):
        rates = rng.uniform(0.3, 0.7, problems)
        shifts = rng.normal(0.0, between, (seeds, 1)).clip(-0.15, 0.15) + rng.uniform(-0.05, 0.05, (seeds, problems))
        base = table(list(rng.binomial(M, rates)))
        tuned = [table(list(row)) for row in rng.binomial(M, rates + truth + shifts)]
        one = estimate(repeated_delta([base], tuned, PassAtK(1)).delta)
        held.append(one.low <= truth <= one.high)
        alone = estimate(difference_interval((tuned[0].correct - base.correct) / M, m=M))
        plain.append(alone.low <= truth <= alone.high)
    assert np.mean(held) >= 0.90
    if between:
        assert np.mean(plain) < np.mean(held) - 0.1, "an interval about one checkpoint does not hold the mean of many"
