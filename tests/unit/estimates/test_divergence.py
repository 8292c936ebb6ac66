"""KL divergences of logits against their definition."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from passgap.estimates.divergence import position_divergences

LOGITS = arrays(np.float64, (3, 5), elements=st.floats(-30, 30))


@given(LOGITS, LOGITS, st.floats(-50, 50))
@settings(max_examples=50)
def test_it_is_the_definition_and_knows_no_constant(base: np.ndarray, model: np.ndarray, constant: float) -> None:
    found = position_divergences(base, model + constant)
    p, q = (np.exp(each - each.max(axis=1, keepdims=True)) for each in (base, model))
    p, q = p / p.sum(axis=1, keepdims=True), q / q.sum(axis=1, keepdims=True)
    assert found == pytest.approx((p * np.log(p / q)).sum(axis=1), rel=1e-6, abs=1e-9)
    assert (found >= 0.0).all()
    assert position_divergences(base, base) == pytest.approx(0.0, abs=1e-12)


def test_tokens_that_neither_can_give_do_not_count() -> None:
    base = np.array([[0.0, 0.0, -np.inf]])
    model = np.array([[0.0, np.log(3.0), -np.inf]])
    assert position_divergences(base, model) == pytest.approx(0.5 * np.log(0.5 / 0.25) + 0.5 * np.log(0.5 / 0.75))


def test_other_positions_are_refused() -> None:
    with pytest.raises(ValueError, match="not of the same positions"):
        position_divergences(np.zeros((2, 3)), np.zeros((3, 3)))
