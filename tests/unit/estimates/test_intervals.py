from __future__ import annotations

import math
import statistics

import numpy as np
import pytest
from scipy import stats

from passgap.estimates import difference_interval, mean_interval
from passgap.records import Estimate, Insufficient

GENERATOR_SEED = 7


def estimate(measured: Estimate | Insufficient) -> Estimate:
    assert isinstance(measured, Estimate)
    return measured


def test_a_large_sample_meets_the_central_limit() -> None:
    scores = np.random.default_rng(GENERATOR_SEED).beta(2, 3, size=20_000)
    got = estimate(mean_interval(scores))
    half = stats.norm.ppf(0.975) * scores.std(ddof=1) / len(scores) ** 0.5
    assert got.low == pytest.approx(scores.mean() - half, abs=5e-6)
    assert got.high == pytest.approx(scores.mean() + half, abs=5e-6)


def test_zero_or_one_scores_are_close_to_wilson() -> None:
    scores = [1.0] * 40 + [0.0] * 60
    got = estimate(mean_interval(scores))
    wilson = stats.binomtest(40, 100).proportion_ci(method="wilson")
    assert got.low == pytest.approx(wilson.low, abs=0.004)
    assert got.high == pytest.approx(wilson.high, abs=0.004)


def test_few_problems_get_clopper_pearson() -> None:
    got = estimate(mean_interval([1.0, 1.0, 0.0, 0.0, 0.0]))
    exact = stats.binomtest(2, 5).proportion_ci(method="exact")
    assert (got.low, got.high) == (pytest.approx(exact.low), pytest.approx(exact.high))


def test_the_interval_scales_with_its_bound() -> None:
    scores = np.random.default_rng(GENERATOR_SEED).beta(1, 4, size=80)
    plain, scaled = estimate(mean_interval(scores)), estimate(mean_interval(scores * 300, 300.0, unit="tokens"))
    assert scaled.low == pytest.approx(300 * plain.low)
    assert scaled.high == pytest.approx(300 * plain.high)
    assert scaled.unit == "tokens"


def test_paired_interval_is_close_to_paired_t_where_much_differs() -> None:
    generator = np.random.default_rng(GENERATOR_SEED)
    base = generator.beta(1, 2, size=1000)
    tuned = np.clip(base + generator.normal(0.05, 0.1, size=1000), 0, 1)
    got = estimate(difference_interval(tuned - base))
    exact = stats.ttest_rel(tuned, base).confidence_interval()
    assert got.low == pytest.approx(exact.low, abs=4e-4)
    assert got.high == pytest.approx(exact.high, abs=4e-4)


def test_no_difference_at_all_is_not_certainty() -> None:
    got = estimate(difference_interval([0.0] * 131))
    assert got.value == 0.0 and got.low < -0.01 and got.high > 0.01
    assert "0 problems differ" in got.warning


def test_one_difference_says_nothing() -> None:
    got = estimate(difference_interval([0.25]))
    assert (got.low, got.high) == (-1.0, 1.0)


def test_swapping_the_sides_mirrors_the_interval() -> None:
    differences = np.random.default_rng(GENERATOR_SEED).choice([-0.25, 0.0, 0.0, 0.5], size=90)
    forth, back = estimate(difference_interval(differences)), estimate(difference_interval(-differences))
    assert forth.low == pytest.approx(-back.high) and forth.high == pytest.approx(-back.low)


@pytest.mark.parametrize("scores", [[0.2, 1.2], [-0.1, 0.5], [float("nan"), 0.5]])
def test_scores_outside_their_bounds_are_refused(scores: list[float]) -> None:
    with pytest.raises(ValueError, match="must lie in"):
        mean_interval(scores)


def test_no_scores_are_insufficient() -> None:
    assert isinstance(mean_interval([]), Insufficient)
    assert isinstance(difference_interval([]), Insufficient)


def by_the_book(scores: list[float], level: float) -> tuple[float, float]:
    """The hybrid interval as docs/statistics.md states it, from the standard library and scipy's distributions."""
    n, mean = len(scores), statistics.fmean(scores)
    total, pseudo = n + 1, (n * statistics.fmean(scores) + 0.5) / (n + 1)
    spread = (n - 1) * statistics.variance(scores) + n * (mean - pseudo) ** 2
    variance = (spread + 0.5 * pseudo**2 + 0.5 * (1 - pseudo) ** 2) / (total - 1)
    effective = n / (variance / (pseudo * (1 - pseudo)))
    t, z = stats.t.ppf(0.5 + level / 2, n - 1), stats.norm.ppf(0.5 + level / 2)
    middle = (mean + t**2 / (2 * effective)) / (1 + t**2 / effective)
    half = t / (1 + t**2 / effective) * math.sqrt(mean * (1 - mean) / effective + t**2 / (4 * effective**2))
    low, high = middle - half, middle + half
    if effective * min(mean, 1 - mean) < 3.5:
        x, y, tail = effective * (z / t) ** 2 * mean, effective * (z / t) ** 2 * (1 - mean), (1 - level) / 2
        low = min(low, 0.0 if x == 0 else stats.beta.ppf(tail, x + 0.25, y + 0.75))
        high = max(high, 1.0 if y == 0 else stats.beta.ppf(1 - tail, x + 0.75, y + 0.25))
    return max(0.0, low), min(1.0, high)


@pytest.mark.parametrize("level", [0.8, 0.95, 0.9833])
@pytest.mark.parametrize("shape", [(1, 1, 0), (0.3, 6, 0), (6, 0.3, 0), (1, 1, 0.95), (1, 1, 1.0)])
@pytest.mark.parametrize("n", [12, 60, 300])
def test_the_interval_of_a_mean_is_the_documented_one(level: float, shape: tuple[float, float, float], n: int) -> None:
    a, b, zeros = shape
    generator = np.random.default_rng(GENERATOR_SEED)
    scores = np.where(generator.random(n) < zeros, 0.0, generator.beta(a, b, size=n)).tolist()
    got = estimate(mean_interval(scores, level=level))
    low, high = by_the_book(scores, level)
    assert (got.low, got.high) == (pytest.approx(low, abs=1e-9), pytest.approx(high, abs=1e-9))


@pytest.mark.parametrize(("differing", "weight"), [(0, 0.5), (40, 0.5), (50, 0.4), (80, 0.25), (300, 0.25)])
def test_the_interval_of_a_difference_is_the_documented_one(differing: int, weight: float) -> None:
    differences = [0.25 if n % 3 else -0.125 for n in range(differing)] + [0.0] * (300 - differing)
    padded = [1.0, -1.0]
    total = len(differences) + 2 * weight
    centre = sum(differences) / total
    squares = sum(each**2 for each in differences) + weight * sum(each**2 for each in padded)
    half = stats.t.ppf(0.975, len(differences) - 1) * math.sqrt((squares - total * centre**2) / (total - 1) / total)
    got = estimate(difference_interval(differences))
    mean = statistics.fmean(differences)
    assert got.low == pytest.approx(min(mean, centre - half), abs=1e-9)
    assert got.high == pytest.approx(max(mean, centre + half), abs=1e-9)
