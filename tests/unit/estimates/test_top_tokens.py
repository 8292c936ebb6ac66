"""Bounds from the top tokens hold the signals of the whole distribution, whatever the unknown tokens are."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from passgap.estimates import (
    bounded_learning_signal,
    learning_signal,
    position_signals,
    sorted_logprobs,
    top_token_signals,
)
from passgap.records import Decoding, Estimate

Floats = npt.NDArray[np.float64]

NAMES = ("divergence", "removed", "moved", "lock_gain", "fork_kept")
VOCABULARY = 60


def setting(temperature: float, top_k: int = 0, top_p: float = 1.0) -> Decoding:
    return Decoding(temperature=temperature, top_k=top_k, top_p=top_p, max_new_tokens=16)


def logprobs_of(seed: int, scale: float, positions: int = 30) -> Floats:
    return sorted_logprobs(np.random.default_rng(seed).normal(0, scale, size=(positions, VOCABULARY)))


@settings(max_examples=100)
@given(
    st.integers(0, 10**6),
    st.floats(0.05, 8.0),
    st.integers(2, VOCABULARY),
    st.floats(0.3, 4.0) | st.just(1.0),
    st.integers(0, VOCABULARY + 5),
    st.floats(0.05, 0.99) | st.just(1.0),
)
def test_the_bounds_hold_the_signals_of_the_whole_distribution(
    seed: int, scale: float, known: int, temperature: float, top_k: int, top_p: float
) -> None:
    whole, decoding = logprobs_of(seed, scale), setting(temperature, top_k, top_p)
    bounds = top_token_signals(whole[:, :known], decoding, VOCABULARY)
    truth = position_signals(whole, decoding)
    for name in NAMES:
        least, value, most = (getattr(each, name) for each in (bounds.least, truth, bounds.most))
        assert np.isfinite(least).all() and np.isfinite(most).all(), name
        assert (least <= value + 1e-9).all() and (value <= most + 1e-9).all(), name
    for name in ("locks", "forks", "settled"):
        np.testing.assert_array_equal(getattr(bounds.least, name), getattr(truth, name))


def with_tail(shape: str, random: np.random.Generator, known: int, unknown: int) -> Floats:
    """Log-probabilities whose unknown tokens are as unlike a normal draw's as can be."""
    head = np.sort(random.normal(0, random.uniform(0.1, 4.0), size=(40, known)), axis=1)[:, ::-1]
    last = head[:, -1:]
    match shape:
        case "equal":
            tail = np.broadcast_to(last - random.uniform(0.0, 6.0, size=last.shape), (40, unknown))
        case "heaped":
            as_likely = np.arange(unknown) < random.integers(0, unknown + 1, size=last.shape)
            tail = np.where(as_likely, last, -30.0)
        case _:
            tail = np.sort(last - random.exponential(2.0, size=(40, unknown)), axis=1)[:, ::-1]
    whole = np.concatenate([head, tail], axis=1)
    return np.asarray(whole - np.log(np.exp(whole).sum(axis=1, keepdims=True)))


@pytest.mark.parametrize("truncated", [False, True], ids=["whole", "top-p"])
@pytest.mark.parametrize("shape", ["equal", "heaped", "falling"])
def test_the_bounds_hold_for_tails_at_their_extremes(shape: str, truncated: bool) -> None:
    random = np.random.default_rng(20)
    for _ in range(150):
        known, unknown = int(random.integers(2, 12)), int(random.integers(1, 40))
        whole = with_tail(shape, random, known, unknown)
        decoding = setting(random.uniform(0.3, 3.0), top_p=random.uniform(0.3, 0.99) if truncated else 1.0)
        bounds = top_token_signals(whole[:, :known], decoding, known + unknown)
        truth = position_signals(whole, decoding)
        for name in NAMES:
            least, value, most = (getattr(each, name) for each in (bounds.least, truth, bounds.most))
            assert (least <= value + 1e-9).all() and (value <= most + 1e-9).all(), (name, decoding)


@given(st.integers(0, 10**6), st.floats(0.5, 8.0), st.floats(0.3, 3.0), st.integers(1, 20), st.floats(0.1, 1.0))
def test_inside_the_known_tokens_both_bounds_are_the_exact_value(
    seed: int, scale: float, temperature: float, top_k: int, top_p: float
) -> None:
    whole, decoding = logprobs_of(seed, scale), setting(temperature, top_k, top_p)
    bounds, truth = top_token_signals(whole[:, :20], decoding, VOCABULARY), position_signals(whole, decoding)
    for name in NAMES:
        np.testing.assert_allclose(getattr(bounds.least, name), getattr(truth, name), atol=1e-12)
        np.testing.assert_allclose(getattr(bounds.most, name), getattr(truth, name), atol=1e-12)


def test_top_p_on_peaked_positions_is_known_exactly_and_the_fixed_point_nearly() -> None:
    peaked = logprobs_of(0, 8.0)
    bounds = top_token_signals(peaked[:, :20], setting(0.8, top_p=0.9), VOCABULARY)
    for name in NAMES:
        np.testing.assert_allclose(getattr(bounds.least, name), getattr(bounds.most, name), atol=1e-9)
    fixed = top_token_signals(peaked[:, :20], setting(1.0), VOCABULARY)
    np.testing.assert_allclose(fixed.least.moved, 0.0, atol=1e-12)
    assert fixed.most.moved.max() <= float(1.0 - np.exp(peaked[:, :20]).sum(axis=1).min()) + 3e-6


def test_more_known_tokens_never_widen_the_bounds() -> None:
    whole, decoding = logprobs_of(3, 2.0), setting(1.4, top_p=0.97)
    widths = []
    for known in (5, 10, 20, 40, VOCABULARY):
        bounds = top_token_signals(whole[:, :known], decoding, VOCABULARY)
        widths.append(float((bounds.most.moved - bounds.least.moved).mean()))
    assert widths == sorted(widths, reverse=True) and widths[-1] == 0.0


def test_the_summary_reaches_over_both_bounds_and_says_how_far_they_are_apart() -> None:
    decoding = setting(1.6, top_p=0.95)
    whole = {f"p{seed}": logprobs_of(seed, 2.0) for seed in range(12)}
    parts = {name: [top_token_signals(each[:, :10], decoding, VOCABULARY)] for name, each in whole.items()}
    got = bounded_learning_signal(parts, decoding)
    exact = learning_signal({name: [position_signals(each, decoding)] for name, each in whole.items()}, decoding)
    assert isinstance(got.moved, Estimate) and isinstance(exact.moved, Estimate)
    assert got.moved.low <= exact.moved.low and exact.moved.high <= got.moved.high
    assert "from the top tokens alone" in got.moved.warning
    inside = setting(1.6, top_k=10, top_p=0.95)
    parts = {name: [top_token_signals(each[:, :10], inside, VOCABULARY)] for name, each in whole.items()}
    sure = bounded_learning_signal(parts, inside)
    again = learning_signal({name: [position_signals(each, inside)] for name, each in whole.items()}, inside)
    assert isinstance(sure.moved, Estimate) and isinstance(again.moved, Estimate)
    assert (sure.moved.low, sure.moved.high) == pytest.approx((again.moved.low, again.moved.high), abs=1e-12)
    assert sure.moved.warning == again.moved.warning


def test_one_known_token_or_more_than_there_are_is_refused() -> None:
    for known in (1, 30):
        with pytest.raises(ValueError, match="must be at least 2"):
            top_token_signals(logprobs_of(0, 1.0)[:, :known], setting(1.0), 20)


@pytest.mark.parametrize("temperature", [0.6, 1.7])
@pytest.mark.parametrize("shape", ["spread", "heaped"])
def test_the_bounds_are_attained_by_the_two_extreme_tails(temperature: float, shape: str) -> None:
    """A tail of equal tokens, and one that is as high as the last known token as far as its probability reaches.

    The weight of the tail is then the least or the most that it can be, and so is what the most likely token gains.
    """
    head = [0.5, 0.2, 0.1]
    tail = [0.2 / 10] * 10 if shape == "spread" else [0.1, 0.1] + [1e-12] * 8
    whole = np.log(np.array([[*head, *tail]]))
    whole -= np.log(np.exp(whole).sum())
    bounds = top_token_signals(whole[:, :3], setting(temperature), 13)
    truth = position_signals(whole, setting(temperature))
    lighter = (shape == "spread") == (temperature < 1.0)
    attained = bounds.most if lighter else bounds.least
    np.testing.assert_allclose(attained.lock_gain, truth.lock_gain, atol=1e-4)


@pytest.mark.parametrize("temperature", [0.7, 1.4])
def test_nothing_is_removed_where_nothing_is_truncated(temperature: float) -> None:
    bounds = top_token_signals(logprobs_of(2, 1.0)[:, :10], setting(temperature), VOCABULARY)
    assert not bounds.least.removed.any() and not bounds.most.removed.any()
    cut = top_token_signals(logprobs_of(2, 1.0)[:, :10], setting(temperature, top_p=0.99), VOCABULARY)
    assert cut.most.removed.any()
