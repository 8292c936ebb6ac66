from __future__ import annotations

import numpy as np
import pytest

from passgap.estimates import (
    counts_from_columns,
    estimate_gap,
    mean_interval,
    needed_for,
    needed_for_lift,
    plan_gap,
)
from passgap.estimates.power import cost_of_non_overlap, needed_problems, spread_of_gap
from passgap.records import Estimate


def test_plan_matches_the_simulated_sizes() -> None:
    """Simulated at k = 8, m = 16 over four task sets: 500-650 problems at 3 pp, 275-385 at 8 pp, 31-45 at 15 pp."""
    rows = {row.gap: row for row in plan_gap([0.03, 0.08, 0.15], k=8, samples=16, threshold=0.05)}
    assert 500 <= rows[0.03].problems <= 650
    assert 275 <= rows[0.08].problems <= 390
    assert 31 <= rows[0.15].problems <= 48
    assert rows[0.08].total == rows[0.08].problems * 16


def test_gaps_next_to_the_threshold_are_marked() -> None:
    row = plan_gap([0.055], k=16, samples=16, threshold=0.05)[0]
    assert row.near and row.problems > 1000


def test_k_beyond_the_samples_is_refused() -> None:
    with pytest.raises(ValueError, match="pass@32"):
        plan_gap([0.1], k=32, samples=16, threshold=0.05)
    with pytest.raises(ValueError, match="threshold"):
        needed_problems(0.05, 0.05, 0.1, 0.1)


def test_the_planned_number_decides_nine_times_out_of_ten() -> None:
    generator = np.random.default_rng(11)
    population = generator.beta(0.25, 1.0, size=500_000)
    truth = float(np.mean(1 - (1 - population) ** 8 - population))
    n, decided, runs = plan_gap([truth], k=8, samples=16, threshold=0.05)[0].problems, 0, 500
    for _ in range(runs):
        rates = generator.choice(population, size=n)
        gap = estimate_gap(counts_from_columns([str(i) for i in range(n)], [16] * n, generator.binomial(16, rates)), 8)
        assert isinstance(gap, Estimate)
        decided += gap.low >= 0.05
    assert decided / runs == pytest.approx(0.9, abs=0.07), (truth, n)


def test_needed_after_a_straddle_is_more_than_was_measured() -> None:
    gap = mean_interval([0.0] * 130 + [0.9375] * 12, 0.9375, m=16)
    assert isinstance(gap, Estimate) and gap.low < 0.05 < gap.high
    needed = needed_for(gap, 0.05, fewest=200)
    assert needed.problems > 142 and needed.samples == 16
    on_the_line = needed_for(mean_interval([0.0] * 190 + [1.0] * 10), 0.05)  # type: ignore[arg-type]
    assert on_the_line.problems > 200 and "1.5 percentage points" in on_the_line.note


def test_lift_and_non_overlap_costs_match_the_formulas() -> None:
    assert needed_for_lift(0.05, 0.2) == 126
    assert cost_of_non_overlap(1.0, 1.0, 1.0) == pytest.approx(((1.96 * 2 + 0.8416) / 2.8016) ** 2, rel=1e-3)
    ratio = 0.41
    expected = ((2.77 / ratio + 0.84) / 2.80) ** 2
    assert cost_of_non_overlap(ratio * 2**0.5, 1.0, 1.0) == pytest.approx(expected, rel=0.01)


@pytest.mark.parametrize(
    ("k", "pass_at_1", "scale"),
    [(2, None, 0.5), (4, None, 0.5), (5, None, 0.6), (8, None, 0.6), (16, None, 0.7), (64, None, 0.7), (16, 0.75, 0.5)],
)
def test_the_spread_of_a_gap_is_the_documented_one(k: int, pass_at_1: float | None, scale: float) -> None:
    assert spread_of_gap(0.1, k, pass_at_1) == pytest.approx((scale * 0.1 - 0.01) ** 0.5)
    assert spread_of_gap(0.1, 16, 0.749) == pytest.approx((0.7 * 0.1 - 0.01) ** 0.5)
    assert spread_of_gap(0.9, k) == 0.0


def test_what_non_overlap_costs_depends_on_the_widths_and_their_level() -> None:
    at_95 = ((1.95996 * 2 + 0.84162) / (1.95996 + 0.84162)) ** 2
    assert cost_of_non_overlap(0.1, 0.1, 0.1) == pytest.approx(at_95, 1e-4)
    at_90 = ((1.64485 * 2 + 0.84162) / (1.64485 + 0.84162)) ** 2
    assert cost_of_non_overlap(0.1, 0.1, 0.1, level=0.9) == pytest.approx(at_90, 1e-4)
    assert cost_of_non_overlap(0.2, 0.1, 0.1) == pytest.approx(1.0)
    with pytest.raises(ValueError, match="width above 0"):
        cost_of_non_overlap(0.0, 0.1, 0.1)


def test_the_plan_reads_the_spread_at_the_supposed_gap_and_at_the_threshold() -> None:
    for pass_at_1 in (None, 0.8):
        [row] = plan_gap([0.1], k=16, samples=16, threshold=0.05, pass_at_1=pass_at_1)
        spreads = spread_of_gap(0.1, 16, pass_at_1), spread_of_gap(0.05, 16, pass_at_1)
        assert row.problems == needed_problems(0.1, 0.05, *spreads)
    at_the_ceiling, elsewhere = (plan_gap([0.1], k=16, samples=16, threshold=0.05, pass_at_1=p)[0] for p in (0.8, 0.5))
    assert at_the_ceiling.problems < elsewhere.problems


def test_what_is_needed_is_planned_for_the_measured_value_unless_that_is_near_the_threshold() -> None:
    measured = Estimate(value=0.09, low=0.04, high=0.14, n=50, m=16, method="x", unit="points")
    spread = 0.05 / 1.959964 * 50**0.5
    far = needed_for(measured, 0.05)
    assert (far.problems, far.note) == (max(51, needed_problems(0.09, 0.05, spread, spread)), "")
    near = needed_for(measured.model_copy(update={"value": 0.055}), 0.05)
    assert near.problems == needed_problems(0.065, 0.05, spread, spread)
    assert near.note == (
        "the estimate is within 1.5 percentage points of the threshold: if the truth is as near, more problems than "
        "these will not settle it"
    )


def test_at_least_one_problem_more_than_were_measured_is_needed() -> None:
    measured = Estimate(value=0.4, low=0.39, high=0.41, n=50, m=16, method="x", unit="points")
    assert needed_for(measured, 0.05).problems == 51
    assert needed_for(measured, 0.05, fewest=80).problems == 80
    assert needed_for_lift(0.9, 1e-6) == 2
