"""The test of the split is fair while the share grows, and finds a split that is not as declared."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from passgap.estimates.split_ratio import SplitMonitor


def test_the_evidence_is_expected_to_stay_at_one_under_the_declared_shares() -> None:
    shares = [0.1, 0.1, 0.5, 0.9]
    expected = 0.0
    for drawn in itertools.product([True, False], repeat=len(shares)):
        chance = math.prod(p if each else 1 - p for each, p in zip(drawn, shares, strict=True))
        expected += chance * math.exp(SplitMonitor().observe(drawn, shares).log_evidence)
    assert expected == pytest.approx(1.0)


def test_a_share_that_grows_raises_no_alarm_and_a_wrong_one_does() -> None:
    generator = np.random.default_rng(1)
    shares = np.repeat([0.01, 0.1, 0.5], 3_000)
    drawn = generator.random(len(shares)) < shares
    right = SplitMonitor().observe(drawn.tolist(), shares.tolist())
    assert not right.alarm(0.001) and right.expected == pytest.approx(shares.sum())
    wrong = SplitMonitor().observe((generator.random(6_000) < 0.07).tolist(), [0.1] * 6_000)
    assert wrong.alarm(0.001) and wrong.chosen < wrong.expected


def test_batches_change_nothing() -> None:
    drawn, shares = [True, False, False, True, False] * 20, [0.2] * 100
    whole, parts = SplitMonitor().observe(drawn, shares), SplitMonitor()
    for begin in range(0, 100, 7):
        parts = parts.observe(drawn[begin : begin + 7], shares[begin : begin + 7])
    assert parts.log_peak == pytest.approx(whole.log_peak) and parts.observed == whole.observed
    assert SplitMonitor().observe([], []) == SplitMonitor()


def test_what_cannot_happen_at_the_declared_share_is_an_alarm_at_once() -> None:
    assert SplitMonitor().observe([True], [0.0]).alarm(0.001)
    assert SplitMonitor().observe([False], [1.0]).alarm(0.001)
    assert not SplitMonitor().observe([False, False], [0.0, 0.0]).alarm(0.001)
