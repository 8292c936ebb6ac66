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
