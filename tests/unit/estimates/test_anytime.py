from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import logsumexp

from passgap.estimates import PairedMonitor, RateMonitor
from passgap.estimates.anytime import BETS, Monitor, log_mean_exp


def expected_evidence(start: RateMonitor, steps: int) -> float:
    """The exact expectation of the evidence under the reference rate, over all streams of so many requests."""
    total = 0.0
    for stream in itertools.product([True, False], repeat=steps):
        monitor, weight = start, 1.0
        for success in stream:
            monitor = monitor.observe(success)
            weight *= start.reference if success else 1 - start.reference
        total += weight * math.exp(monitor.log_evidence)
    return total


@given(st.lists(st.floats(-2_000, 2_000) | st.just(-math.inf), min_size=1, max_size=10))
def test_the_mean_of_exponentials_is_scipys(values: list[float]) -> None:
    assert log_mean_exp(np.array(values)) == pytest.approx(float(logsumexp(values)) - math.log(len(values)))


@pytest.mark.parametrize("reference", [0.005, 0.4, 0.85, 0.95])
@pytest.mark.parametrize("horizon", [None, 3, 50])
@pytest.mark.parametrize("steps", [1, 4, 7])
def test_the_evidence_is_a_fair_game(reference: float, horizon: int | None, steps: int) -> None:
    assert expected_evidence(RateMonitor(reference=reference, horizon=horizon), steps) == pytest.approx(1.0)


@given(st.integers(1, 7))
def test_the_paired_evidence_is_a_fair_game(steps: int) -> None:
    total = 0.0
    for stream in itertools.product([True, False], repeat=steps):
        monitor = PairedMonitor()
        for worse in stream:
            monitor = monitor.observe(worse, not worse)
        total += math.exp(monitor.log_evidence) / 2**steps
    assert total == pytest.approx(1.0)


def test_false_alarms_stay_below_the_level_under_constant_peeking() -> None:
    generator = np.random.default_rng(4)
    alarms, streams = 0, 100
    for _ in range(streams):
        monitor = PairedMonitor()
        for worse in generator.random(200) < 0.5:
            monitor = monitor.observe(bool(worse), not worse)
        alarms += monitor.alarm()
    assert alarms / streams <= 0.05 + 3 * (0.05 * 0.95 / streams) ** 0.5


def test_pairs_that_agree_teach_nothing() -> None:
    monitor = PairedMonitor().observe(True, True).observe(False, False)
    assert (monitor.observed, monitor.log_evidence, monitor.p_value) == (2, 0.0, 1.0)


def test_a_real_drop_is_found_and_stays_found() -> None:
    paired, rate = PairedMonitor(), RateMonitor(reference=0.85)
    generator = np.random.default_rng(1)
    for _ in range(400):
        fails = bool(generator.random() < 0.25)
        paired, rate = paired.observe(True, not fails), rate.observe(not fails)
    assert paired.alarm() and rate.alarm() and paired.p_value < 0.001
    for _ in range(3_000):
        rate = rate.observe(True)
    assert rate.log_evidence < 0 and rate.alarm()


def test_the_restarted_monitor_finds_a_drop_that_comes_late() -> None:
    generator = np.random.default_rng(2)
    plain, restarted = RateMonitor(reference=0.85), RateMonitor(reference=0.85, horizon=4_000)
    for request in range(3_000):
        success = bool(generator.random() < (0.85 if request < 2_000 else 0.75))
        plain, restarted = plain.observe(success), restarted.observe(success)
    assert restarted.alarm()
    assert restarted.log_evidence > plain.log_evidence


def test_the_evidence_of_mirrored_requests_is_what_the_bets_have_made() -> None:
    """One pair on which the candidate is worse multiplies each bet's wealth by one plus its share."""
    once = PairedMonitor().observe(base=True, candidate=False)
    assert math.exp(once.log_evidence) == pytest.approx(1 + sum(BETS) / len(BETS))
    assert (once.worse, once.better, once.observed) == (1, 0, 1)
    again = once.observe(base=False, candidate=True)
    assert math.exp(again.log_evidence) == pytest.approx(sum(1 - bet**2 for bet in BETS) / len(BETS))
    assert again.log_peak == once.log_peak > again.log_evidence


def test_an_alarm_is_raised_at_one_over_alpha_which_is_5_percent_unless_said() -> None:
    assert Monitor(log_peak=math.log(20.0)).alarm() and not Monitor(log_peak=math.log(19.99)).alarm()
    assert Monitor(log_peak=math.log(10.0)).alarm(0.1) and not Monitor(log_peak=math.log(10.0)).alarm(0.09)
