from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from passgap.estimates import doubling_looks, plan_looks


def test_equally_spaced_looks_meet_pococks_constants() -> None:
    for looks, constant in ((2, 2.178), (3, 2.289), (4, 2.361), (5, 2.413)):
        plan = plan_looks([100 * (i + 1) for i in range(looks)])
        assert stats.norm.ppf(0.5 + plan.level_each / 2) == pytest.approx(constant, abs=1e-3)


def test_one_look_costs_nothing() -> None:
    assert plan_looks([200]).level_each == 0.95


def test_doubling_looks_hold_together_in_simulation() -> None:
    plan = doubling_looks(131, 1048)
    assert plan.problems == (131, 262, 524, 1048)
    assert 0.98 < plan.level_each < 0.985
    generator = np.random.default_rng(5)
    sizes = np.array(plan.problems)
    steps = generator.normal(size=(20_000, 4)) * np.sqrt(np.diff(sizes, prepend=0))
    walks = np.abs(steps.cumsum(axis=1)) / np.sqrt(sizes)
    inside = (walks < stats.norm.ppf(0.5 + plan.level_each / 2)).all(axis=1).mean()
    assert inside == pytest.approx(0.95, abs=0.005)


def test_the_next_look_is_declared_or_none() -> None:
    plan = doubling_looks(50, 170)
    assert plan.problems == (50, 100, 170)
    assert [plan.next_after(n) for n in (0, 50, 60, 170)] == [50, 100, 100, None]
    assert doubling_looks(50, 50).problems == (50,)
    assert doubling_looks(10, 10_000).problems == (10, 20, 40, 10_000)


@pytest.mark.parametrize("sizes", [[], [0, 5], [5, 5], [9, 3]])
def test_looks_must_increase(sizes: list[int]) -> None:
    with pytest.raises(ValueError, match="increasing"):
        plan_looks(sizes)
    with pytest.raises(ValueError, match="first look"):
        doubling_looks(11, 10)


def test_looks_that_are_next_to_each_other_get_a_level_that_is_never_too_low() -> None:
    for sizes in ((5000, 5001), (100_000, 100_001), (999, 1000)):
        assert 0.95 < plan_looks(sizes).level_each <= 0.975


def test_a_look_may_have_one_problem() -> None:
    assert plan_looks([1, 200]).problems == (1, 200)
    assert doubling_looks(1, 3).problems == (1, 2, 3)
