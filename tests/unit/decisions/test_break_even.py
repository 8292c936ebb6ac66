"""The break-even is where the totals of two arms are equal, and its range holds it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passgap.decisions import Cost, break_even

HOURS = st.floats(1e-3, 1e3)
SPREAD = st.floats(1.0, 2.0)


def ranged(hours: float, spread: float) -> Cost:
    return Cost(hours=hours, low=hours / spread, high=hours * spread)


@given(HOURS, HOURS, HOURS, SPREAD, SPREAD)
def test_both_totals_are_equal_there(made: float, other: float, saved: float, spread: float, speed: float) -> None:
    found = break_even(ranged(made, spread), ranged(other, spread), ranged(saved, speed))
    if made <= other:
        assert found is None, "nothing has to be paid for"
        return
    assert found is not None
    assert made == pytest.approx(other + found.calls * saved)
    assert found.low <= found.calls * (1 + 1e-9)
    assert found.high is not None and found.high >= found.calls * (1 - 1e-9)
    if spread == speed == 1.0:
        assert found.low == pytest.approx(found.calls) == pytest.approx(found.high)


def test_without_a_saving_there_is_none_and_one_that_may_be_none_has_no_end() -> None:
    made, cheap = ranged(2.0, 1.0), ranged(1.0, 1.0)
    assert break_even(made, cheap, ranged(0.0, 1.0)) is None
    found = break_even(made, cheap, Cost(hours=0.5, low=0.0, high=1.0))
    assert found is not None and (found.calls, found.low, found.high) == (2.0, 1.0, None)
