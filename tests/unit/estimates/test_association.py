"""The association of correctness and likelihood: an exact identity, its estimator, and the rules around it."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import rankdata

from passgap.estimates.association import _ranks, covariance, likeliest_effect, sharpening_effect, within_problem_auc
from passgap.records import Estimate, Insufficient

FLOATS = st.floats(-5, 5)


@given(st.lists(st.tuples(st.floats(0.05, 1.0), FLOATS, st.booleans()), min_size=2, max_size=8), st.floats(-1, 1))
@settings(max_examples=60)
def test_the_derivative_of_pass_at_1_is_the_covariance(rows: list[tuple[float, float, bool]], t: float) -> None:
    """On any finite set of answers, with any score, at any temperature."""
    q, score, right = (np.array(column, dtype=float) for column in zip(*rows, strict=True))

    def tilted(at: float) -> np.ndarray:
        weights = q * np.exp(at * score)
        return np.asarray(weights / weights.sum())

    h = 1e-4
    derivative = (tilted(t + h) @ right - tilted(t - h) @ right) / (2 * h)
    now = tilted(t)
    exact = now @ (right * score) - (now @ right) * (now @ score)
    assert derivative == pytest.approx(exact, abs=1e-5)


@given(st.lists(st.sampled_from([-1.5, 0.0, 0.25, 3.0]) | FLOATS, min_size=1, max_size=30))
def test_ranks_are_scipys(values: list[float]) -> None:
    assert _ranks(np.array(values)).tolist() == rankdata(values).tolist()


def test_inverse_temperature_is_such_a_tilt() -> None:
    p = np.array([0.5, 0.3, 0.2])
    sharpened = p**1.5 / (p**1.5).sum()
    weights = p * np.exp(0.5 * np.log(p))
    assert sharpened == pytest.approx(weights / weights.sum())


def test_the_estimator_is_unbiased() -> None:
    """Averaged over every possible pair of samples, it is the covariance under the distribution itself."""
    q, score, right = np.array([0.5, 0.3, 0.2]), np.array([-1.0, -2.0, -4.0]), np.array([False, True, True])
    exact = float(q @ (right * score) - (q @ right) * (q @ score))
    expected = sum(
        q[one] * q[two] * covariance([bool(right[one]), bool(right[two])], [score[one], score[two]])
        for one, two in itertools.product(range(3), repeat=2)
    )
    assert expected == pytest.approx(exact)


def test_a_single_sample_has_no_covariance() -> None:
    with pytest.raises(ValueError, match="no covariance"):
        covariance([True], [0.0])


def contested(right: float, wrong: float, count: int = 30) -> list[tuple[list[bool], list[float]]]:
    return [([True, False, False], [right + 0.01 * each, wrong, wrong - 1.0]) for each in range(count)]


def test_likelier_right_answers_give_effects_above_zero() -> None:
    problems = [*contested(-1.0, -5.0), *[([False] * 3, [0.0] * 3)] * 30]
    effect, auc, likeliest = (
        sharpening_effect(problems, 0.1),
        within_problem_auc(problems),
        likeliest_effect(problems),
    )
    assert isinstance(effect, Estimate) and effect.low > 0.0 and effect.n == 60
    assert isinstance(auc, Estimate) and auc.value == 1.0 and auc.n == 30
    assert isinstance(likeliest, Estimate) and likeliest.value == pytest.approx((30 * 2 / 3) / 60)
    down = sharpening_effect(contested(-9.0, -5.0), 0.1)
    assert isinstance(down, Estimate) and down.high < 0.0


def test_the_effect_is_linear_in_its_step() -> None:
    small, large = (sharpening_effect(contested(-1.0, -3.0), step) for step in (0.1, 0.2))
    assert isinstance(small, Estimate) and isinstance(large, Estimate)
    assert (large.value, large.low, large.high) == pytest.approx((2 * small.value, 2 * small.low, 2 * small.high))


def test_ties_count_half_and_few_problems_are_flagged() -> None:
    auc = within_problem_auc([([True, False], [-1.0, -1.0])])
    assert isinstance(auc, Estimate) and auc.value == 0.5
    assert "only 1 problems have both passes and failures" in auc.warning
    likeliest = likeliest_effect([([True, False], [-1.0, -1.0])])
    assert isinstance(likeliest, Estimate) and likeliest.value == 0.0


def test_without_contest_there_is_no_estimate() -> None:
    problems = [([True, True], [0.0, 0.0]), ([False, False], [0.0, 0.0])]
    for found in (sharpening_effect(problems, 0.1), within_problem_auc(problems), sharpening_effect([], 0.1)):
        assert isinstance(found, Insufficient)
