"""The evidence on a difference is a fair game, is the same in batches, and agrees with another package."""

from __future__ import annotations

import itertools
import json
import math
from pathlib import Path

import numpy as np
import pytest
import ville
from hypothesis import given
from hypothesis import strategies as st

from loaded import module_at
from passgap.estimates import PairedMonitor
from passgap.estimates.differences import DifferenceMonitor, log_evidence_path

confseq = module_at(Path(__file__).parents[3] / "benchmarks" / "confseq_table.py", "confseq_table")

DIFFERENCES = st.lists(st.floats(-1.0, 1.0), min_size=1, max_size=40)


@pytest.mark.parametrize("margin", [0.0, 0.2])
def test_the_evidence_is_expected_to_stay_at_one_at_the_edge_of_the_hypothesis(margin: float) -> None:
    """Exactly: over all streams of five pairs whose mean difference is minus the margin."""
    odds = {-1.0: 0.3 + margin, 0.0: 0.4 - margin, 1.0: 0.3}
    assert sum(value * p for value, p in odds.items()) == pytest.approx(-margin)
    for length in range(1, 6):
        expected = sum(
            math.prod(odds[each] for each in stream) * math.exp(log_evidence_path(np.array(stream), margin=margin)[-1])
            for stream in itertools.product(odds, repeat=length)
        )
        assert expected == pytest.approx(1.0)


def test_on_pairs_of_yes_and_no_it_is_the_paired_monitor() -> None:
    generator = np.random.default_rng(0)
    base, candidate = (generator.random(60) < rate for rate in (0.8, 0.6))
    paired = PairedMonitor()
    for one, other in zip(base, candidate, strict=True):
        paired = paired.observe(bool(one), bool(other))
    monitor = DifferenceMonitor().observe(candidate.astype(float) - base.astype(float))
    assert monitor.log_evidence == pytest.approx(paired.log_evidence)
    assert monitor.log_peak == pytest.approx(paired.log_peak)
    assert monitor.p_value == pytest.approx(paired.p_value)


@given(DIFFERENCES, st.integers(1, 39), st.sampled_from([0.0, 0.1]))
def test_reading_in_batches_changes_nothing(values: list[float], cut: int, margin: float) -> None:
    whole = DifferenceMonitor(margin=margin).observe(np.array(values))
    parts = DifferenceMonitor(margin=margin).observe(np.array(values[:cut])).observe(np.array(values[cut:]))
    again = DifferenceMonitor.model_validate_json(parts.model_dump_json())
    assert again == parts and again.observed == whole.observed
    assert again.log_peak == pytest.approx(whole.log_peak, abs=1e-9)
    assert again.log_evidence == pytest.approx(whole.log_evidence, abs=1e-9)
    assert again.low >= whole.low - 1e-12 and again.high <= whole.high + 1e-12, "bounds are intersected at each reading"


def test_a_candidate_that_always_fails_is_out_after_eight_pairs_and_after_eleven_at_one_percent() -> None:
    path = log_evidence_path(-np.ones(20))
    assert [int(np.flatnonzero(path >= -math.log(alpha))[0]) + 1 for alpha in (0.05, 0.01)] == [8, 11]


def test_a_loss_within_the_margin_raises_no_alarm_and_one_beyond_it_does() -> None:
    generator = np.random.default_rng(3)
    slight = generator.choice([-1.0, 0.0, 1.0], p=[0.15, 0.75, 0.10], size=8_000)
    assert DifferenceMonitor().observe(slight).alarm(0.01)
    assert not DifferenceMonitor(margin=0.1).observe(slight).alarm(0.05)
    assert DifferenceMonitor(margin=0.02).observe(slight).alarm(0.05)


def test_a_value_that_is_no_difference_is_refused() -> None:
    for value in (1.5, float("nan")):
        with pytest.raises(ValueError, match="between -1 and 1"):
            DifferenceMonitor().observe(np.array([value]))


@pytest.mark.parametrize("odds", [(0.12, 0.80, 0.08), (0.05, 0.90, 0.05), (0.3, 0.3, 0.4)])
def test_the_bounds_agree_with_those_of_ville(odds: tuple[float, ...]) -> None:
    """Other bets, the same guarantee: both hold the mean, and are about as wide."""
    values = np.random.default_rng(5).choice([-1.0, 0.0, 1.0], p=odds, size=3_000)
    ours = DifferenceMonitor().observe(values)
    theirs = ville.BettingCS(bounds=(-1.0, 1.0), alpha=0.05, grid=2_000).fit(values)
    low, high = float(np.asarray(theirs.lower_)[-1]), float(np.asarray(theirs.upper_)[-1])
    mean = odds[2] - odds[0]
    assert ours.low <= mean <= ours.high and low <= mean <= high
    assert 0.6 < (ours.high - ours.low) / (high - low) < 1.6
    harm = ville.BettingTest(0.0, bounds=(-1.0, 1.0), alternative="less").fit(values)
    assert ours.alarm(0.05) == bool(np.asarray(harm.e_values_).max() >= 20.0)


@pytest.mark.parametrize("name", list(confseq.STREAMS))
def test_bounds_and_alarms_agree_with_those_of_confseq(name: str) -> None:
    """Other bets, the same guarantee: a table of that library's values, since it has no build for this Python."""
    theirs = json.loads(Path(__file__).with_name("confseq_table.json").read_text())[name]
    worse, better, seed = confseq.STREAMS[name]
    values, monitor, begin = confseq.stream(worse, better, seed), DifferenceMonitor(), 0
    for length in confseq.LENGTHS:
        monitor, begin = monitor.observe(values[begin:length]), length
        low, high = theirs["bounds"][str(length)]
        assert monitor.low <= better - worse <= monitor.high and low <= better - worse <= high
        assert 0.75 < (monitor.high - monitor.low) / (high - low) < 1.25
    over = np.flatnonzero(log_evidence_path(values) >= math.log(20.0))
    if theirs["alarm"] is None:
        assert not len(over)
    else:
        assert 0.8 < (over[0] + 1) / theirs["alarm"] < 1.25


def test_the_bounds_hold_the_mean_at_every_reading_in_all_but_a_few_streams() -> None:
    generator, missed = np.random.default_rng(6), 0
    for _ in range(60):
        monitor = DifferenceMonitor()
        for _ in range(15):
            monitor = monitor.observe(generator.choice([-1.0, 0.0, 1.0], p=[0.11, 0.8, 0.09], size=20))
        missed += not monitor.low <= -0.02 <= monitor.high
    assert missed <= 8  # of 60 at 5 % each, more has a probability below 0.01
