from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from passgap.estimates import holm, sign_flip_p_values


def test_the_example_of_a_textbook() -> None:
    found = holm({"a": 0.01, "b": 0.04, "c": 0.03, "d": 0.005})
    assert found == pytest.approx({"a": 0.03, "b": 0.06, "c": 0.06, "d": 0.02})
    assert list(found) == ["a", "b", "c", "d"]
    assert holm({}) == {}


@given(st.dictionaries(st.text(max_size=3), st.floats(1e-6, 1.0), min_size=1, max_size=9))
def test_adjusted_values_keep_their_order_and_lie_between_the_raw_ones_and_bonferroni(p: dict[str, float]) -> None:
    found = holm(p)
    for name, value in p.items():
        assert value <= found[name] <= min(1.0, len(p) * value) + 1e-12
        assert all(found[name] <= found[other] for other, larger in p.items() if value < larger)


def test_of_eight_arms_that_do_nothing_a_false_claim_is_as_rare_as_declared() -> None:
    """Family-wise: the arms share the base model's samples, so that their errors go together."""
    rng = np.random.default_rng(8)
    arms, problems, samples, reps = 8, 60, 4, 500
    raw = adjusted = 0
    for _ in range(reps):
        rates = rng.beta(0.8, 1.2, (problems, 1))
        drawn = rng.binomial(samples, np.broadcast_to(rates, (problems, arms + 1))) / samples
        differences = drawn[:, 1:] - drawn[:, [0]]
        p = {str(arm): float(each) for arm, each in enumerate(sign_flip_p_values(differences, flips=999))}
        rose = [arm for arm in p if differences[:, int(arm)].mean() > 0.0]
        raw += any(p[arm] <= 0.05 for arm in rose)
        adjusted += any(holm(p)[arm] <= 0.05 for arm in rose)
    assert raw / reps > 0.08, "without an adjustment, one claim in so many is false"
    assert adjusted / reps <= 0.05
