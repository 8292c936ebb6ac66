"""The intervals of a confidence sequence hold at every look."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from passgap.estimates import ConfidenceSequence
from passgap.records import Estimate, Insufficient


def ever_misses(scores: np.ndarray, mean: float, level: float) -> bool:
    """Whether the interval of any look excludes the true mean."""
    sequence = ConfidenceSequence(level=level)
    for score in scores:
        sequence.observe(float(score))
        found = sequence.measured
        assert isinstance(found, Estimate)
        if not found.low <= mean <= found.high:
            return True
    return False


@pytest.mark.parametrize("studies", [40, pytest.param(120, marks=pytest.mark.slow)])
@pytest.mark.parametrize("rate", [0.03, 0.3])
def test_the_true_mean_is_ever_excluded_in_fewer_studies_than_declared(rate: float, studies: int) -> None:
    """The rate of studies with any wrong look; ``benchmarks/first_estimates.py`` has more of them."""
    random = np.random.default_rng(5)
    missed = sum(ever_misses(random.binomial(4, rate, size=60) / 4, rate, 0.8) for _ in range(studies))
    assert missed <= 0.2 * studies


def test_plain_intervals_would_be_wrong_at_some_look_more_often_than_declared() -> None:
    random = np.random.default_rng(5)
    missed = 0
    for _ in range(200):
        passed = random.binomial(1, 0.5, size=200)
        n = np.arange(10, 201)
        means = np.cumsum(passed)[9:] / n
        missed += bool((np.abs(means - 0.5) > 1.96 * np.sqrt(0.25 / n)).any())
    assert missed > 0.1 * 200


@given(st.lists(st.floats(0.0, 1.0), min_size=1, max_size=30))
def test_the_interval_holds_the_mean_and_never_widens_beyond_the_unit_interval(scores: list[float]) -> None:
    sequence = ConfidenceSequence()
    for score in scores:
        sequence.observe(score, samples=4)
    found = sequence.measured
    assert isinstance(found, Estimate)
    assert 0.0 <= found.low <= found.value <= found.high <= 1.0
    assert found.value == pytest.approx(np.mean(scores)) and (found.n, found.m) == (len(scores), 4)


def test_it_narrows() -> None:
    sequence = ConfidenceSequence()
    widths = []
    for number in range(400):
        sequence.observe(float(number % 4 == 0))
        found = sequence.measured
        assert isinstance(found, Estimate)
        widths.append(found.high - found.low)
    assert widths[20] > widths[100] > widths[399] and widths[399] < 0.2


def test_without_a_problem_there_is_no_estimate_and_no_score_beyond_its_range() -> None:
    assert isinstance(ConfidenceSequence().measured, Insufficient)
    with pytest.raises(ValueError, match="between 0 and 1"):
        ConfidenceSequence().observe(1.2)
