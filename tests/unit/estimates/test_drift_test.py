"""The p-value of a drift is what its interval says, and the smallest drift that alerts is found by the stated power."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from passgap.estimates import paired_mean_delta, paired_ratio
from passgap.estimates.drift_test import drift_p_value, smallest_alerting, standard_error_of
from passgap.records import Estimate


def estimate(value: float, low: float, high: float, unit: str = "difference", n: int = 40) -> Estimate:
    return Estimate.model_validate(
        {"value": value, "low": low, "high": high, "n": n, "m": 1, "method": "given", "unit": unit, "level": 0.95}
    )


def test_an_interval_that_ends_at_no_drift_has_the_p_value_of_its_level() -> None:
    assert drift_p_value(estimate(0.2, 0.0, 0.4)) == pytest.approx(0.05)
    assert drift_p_value(estimate(-0.2, -0.4, 0.0)) == pytest.approx(0.05)
    assert drift_p_value(estimate(2.0, 1.0, 4.0, "ratio")) == pytest.approx(0.05)
    assert drift_p_value(estimate(0.0, -0.1, 0.1)) == 1.0
    assert drift_p_value(estimate(0.5, 0.5, 0.5)) == 0.0


@given(st.floats(0.01, 0.5), st.floats(0.01, 0.4))
def test_it_is_small_exactly_where_the_interval_leaves_no_drift_out(value: float, half: float) -> None:
    p = drift_p_value(estimate(value, value - half, value + half))
    assert (p < 0.05) == (value - half > 0.0) or abs(value - half) < 1e-9


def test_real_drifts_have_the_p_values_that_their_intervals_say() -> None:
    source = np.random.default_rng(1)
    base = source.random(80)
    for shift in (0.0, 0.05, 0.2):
        tuned = np.clip(base + shift + source.normal(0.0, 0.1, 80), 0.0, 1.0)
        for drift in (paired_mean_delta(base, tuned).delta, paired_ratio(base, tuned)):
            assert isinstance(drift, Estimate)
            none = 1.0 if drift.unit == "ratio" else 0.0
            assert (drift_p_value(drift) < 0.05) == (not drift.low <= none <= drift.high)


def test_the_standard_error_is_read_off_the_interval() -> None:
    drift = estimate(2.0, 1.0, 4.0, "ratio", n=10_000)
    assert standard_error_of(drift) == pytest.approx(math.log(2.0) / 1.96, rel=1e-3)


@pytest.mark.parametrize(("error", "n"), [(0.05, 150), (0.002, 150), (0.002, 400)])
def test_the_smallest_drift_alerts_with_the_stated_power(error: float, n: int) -> None:
    """A share of the prompts drifts by all of the score, beside noise of the stated variance."""
    noise = 0.2
    smallest = smallest_alerting(0.05, error, noise**2 / n, n)
    assert smallest is not None
    source = np.random.default_rng(7)
    runs = 2_000
    drifts = (source.random((runs, n)) < smallest) + source.normal(0.0, noise, (runs, n))
    means, errors = drifts.mean(axis=1), drifts.std(axis=1, ddof=1) / math.sqrt(n)
    alerts = (means > 0.05) & (2 * stats.t.sf(means / errors, n - 1) <= error)
    assert alerts.mean() == pytest.approx(0.8, abs=0.05)


def test_more_answers_show_less_and_too_few_show_nothing() -> None:
    few, many = (smallest_alerting(0.1, 0.002, 0.3 / n, n) for n in (50, 500))
    assert few is not None and many is not None and many < few
    assert smallest_alerting(0.1, 0.002, 0.5, 3) is None
    assert smallest_alerting(0.1, 0.002, 0.0, 1) is None
    ratio = smallest_alerting(0.1, 0.002, 0.001, 200, relative=True)
    assert ratio is not None and 0.1 < ratio < 0.2
