"""The reward of a policy as a function of its entropy."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passgap.estimates.entropy_fit import LEAST_POINTS, fit_entropy


@given(st.floats(-2, 2), st.floats(-1, 1), st.integers(LEAST_POINTS, 60))
def test_it_finds_the_curve_that_rewards_lie_on(a: float, b: float, points: int) -> None:
    entropies = [1.5 - number / points for number in range(points)]
    fit = fit_entropy(entropies, [b - a * math.exp(each) for each in entropies])
    if abs(a) < 1e-3:  # rewards that hardly vary are not fitted
        return
    assert fit is not None
    assert fit.a == pytest.approx(a, abs=1e-6) and fit.b == pytest.approx(b, abs=1e-5)
    assert fit.explained == pytest.approx(1.0, abs=1e-6)
    assert fit.ceiling == pytest.approx(b - a, abs=1e-5)


def test_few_updates_or_a_reward_that_never_moves_are_not_fitted() -> None:
    entropies = [1.0 - number / 100 for number in range(LEAST_POINTS)]
    assert fit_entropy(entropies[1:], entropies[1:]) is None
    assert fit_entropy(entropies, [0.5] * LEAST_POINTS) is None
    assert fit_entropy([1.0] * LEAST_POINTS, entropies) is None
    with pytest.raises(ValueError, match="not of the same updates"):
        fit_entropy(entropies, entropies[1:])
