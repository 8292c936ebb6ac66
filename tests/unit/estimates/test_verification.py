"""The quality of a verifier and the choice of its threshold: identities, and the coverage of the intervals."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from passgap.estimates.intervals import mean_interval_bounds, ratio_interval_bounds
from passgap.estimates.verification import (
    JudgedSample,
    VisibleAndHidden,
    choose_threshold,
    hacking,
    hacking_drift,
    verifier_quality,
)
from passgap.records import Estimate, Insufficient

judged = st.lists(
    st.builds(
        JudgedSample,
        problem=st.sampled_from([f"p/{number}" for number in range(12)]),
        score=st.sampled_from([0.0, 0.25, 0.5, 0.75, 1.0]),
        right=st.booleans(),
    ),
    max_size=60,
)


def f_score(samples: list[JudgedSample], threshold: float, beta: float) -> float:
    quality = verifier_quality(samples, threshold)
    right = quality.true_positives + quality.false_negatives
    return (1 + beta**2) * quality.true_positives / (beta**2 * right + quality.accepted)


@settings(max_examples=50)
@given(judged, st.sampled_from([0.0, 0.25, 0.5, 1.0]))
def test_every_sample_is_in_one_cell_and_the_rates_are_those_of_the_table(
    samples: list[JudgedSample], threshold: float
) -> None:
    found = verifier_quality(samples, threshold)
    right = sum(each.right for each in samples)
    assert found.samples == len(samples) and found.problems == len({each.problem for each in samples})
    assert found.true_positives + found.false_negatives == right
    assert found.accepted == sum(each.score >= threshold for each in samples)
    assert found.accepted + found.false_negatives + found.true_negatives == len(samples)
    for rate, top, bottom in (
        (found.precision, found.true_positives, found.accepted),
        (found.recall, found.true_positives, right),
        (found.acceptance, found.accepted, len(samples)),
        (found.base_rate, right, len(samples)),
    ):
        if bottom:
            assert isinstance(rate, Estimate)
            assert rate.value == pytest.approx(top / bottom) and 0.0 <= rate.low <= rate.value <= rate.high <= 1.0
        else:
            assert isinstance(rate, Insufficient)


@settings(max_examples=50)
@given(judged, st.sampled_from([0.25, 0.5, 1.0, 2.0]))
def test_the_threshold_has_the_highest_f_score_of_all_and_labels_have_no_lower_one(
    samples: list[JudgedSample], beta: float
) -> None:
    threshold = choose_threshold(samples, beta)
    if threshold is None:
        assert not any(each.right for each in samples)
        return
    best = f_score(samples, threshold, beta)
    others = {each.score for each in samples}
    assert best == pytest.approx(max(f_score(samples, each, beta) for each in others))
    assert all(f_score(samples, each, beta) < best for each in others if each > threshold), "the highest one"
    perfect = [each._replace(score=float(each.right)) for each in samples]
    chosen = choose_threshold(perfect, beta)
    assert chosen == 1.0 and f_score(perfect, chosen, beta) == pytest.approx(1.0) and best <= 1.0


def test_a_ratio_with_equal_trials_has_the_interval_of_the_mean() -> None:
    random = np.random.default_rng(3)
    for n in (4, 12, 90):
        successes = random.binomial(4, 0.3, n).astype(float)
        got = ratio_interval_bounds(successes, np.full(n, 4.0), 0.95)
        assert got == mean_interval_bounds(successes / 4.0, 1.0, 0.95)


def test_few_problems_with_most_of_the_trials_count_as_few() -> None:
    even = ratio_interval_bounds(np.full(30, 4.0), np.full(30, 4.0), 0.95)
    trials = np.array([60.0, 31.0, *[1.0] * 28])
    assert ratio_interval_bounds(trials, trials, 0.95).low < even.low - 0.1


@pytest.mark.parametrize(("successes", "trials"), [([2.0], [1.0]), ([-1.0], [1.0]), ([0.0], [0.0])])
def test_impossible_ratios_are_refused(successes: list[float], trials: list[float]) -> None:
    with pytest.raises(ValueError, match="trial"):
        ratio_interval_bounds(np.array(successes), np.array(trials), 0.95)


@pytest.mark.parametrize(("problems", "rate", "precision"), [(60, 0.3, 0.5), (60, 0.1, 0.8), (200, 0.05, 0.9)])
def test_intervals_of_precision_cover_over_problems(problems: int, rate: float, precision: float) -> None:
    """Problems differ in how often a sample is accepted, and in how often an accepted one is right."""
    random = np.random.default_rng(11)
    runs, m = 600, 8
    accepted = random.binomial(m, random.beta(4 * rate, 4 * (1 - rate), (runs, problems)))
    right = random.binomial(accepted, random.beta(3 * precision, 3 * (1 - precision), (runs, problems)))
    held = []
    for hits, tried in zip(right.astype(float), accepted.astype(float), strict=True):
        if tried.any():
            found = ratio_interval_bounds(hits, tried, 0.95)
            held.append(found.low <= precision <= found.high)
    assert np.mean(held) >= 0.93


def test_hacking_is_what_visible_tests_pass_more_and_its_drift_is_paired() -> None:
    before = [VisibleAndHidden(0.5, 0.5), VisibleAndHidden(0.25, 0.0), VisibleAndHidden(0.0, 0.0)]
    after = [VisibleAndHidden(1.0, 0.5), VisibleAndHidden(0.5, 0.0), VisibleAndHidden(0.0, 0.0)]
    early, late = (hacking(each, m=4) for each in (before, after))
    change = hacking_drift(before, after, m=4)
    assert isinstance(early, Estimate) and isinstance(late, Estimate) and isinstance(change, Estimate)
    assert change.value == pytest.approx(late.value - early.value) == pytest.approx(0.25)
    assert change.low < 0.25 < change.high and change.n == 3
    with pytest.raises(ValueError, match="zip"):
        hacking_drift(before, after[:2], m=4)
