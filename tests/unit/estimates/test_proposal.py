"""The rule that proposes a sampling setting, at the points where it decides between two."""

from __future__ import annotations

import pytest

from passgap.estimates import LearningSignal, propose_sampling, sweep_grid
from passgap.estimates.proposal import T_EFF_BAND
from passgap.records import Decoding, Estimate, Insufficient, Measured

PRODUCTION = Decoding(temperature=0.8, max_new_tokens=16)
NONE = Insufficient(insufficient="no such position", n=0, m=1)


def estimate(value: float) -> Estimate:
    return Estimate(value=value, low=value, high=value, n=20, m=1, method="given")


def signal(temperature: float, kept: Measured, gain: Measured, divergence: float = 0.1) -> LearningSignal:
    span = estimate(0.3)
    return LearningSignal(
        decoding=Decoding(temperature=temperature, top_k=20, max_new_tokens=16),
        divergence=estimate(divergence),
        removed=span,
        moved=span,
        locks=span,
        forks=span,
        settled=span,
        lock_gain=gain,
        fork_kept=kept,
        zero_signal=False,
        positions=100,
    )


def chosen(*signals: LearningSignal) -> float:
    proposal = propose_sampling(signals, PRODUCTION)
    assert proposal.decoding is not None
    return proposal.decoding.temperature


def test_the_sweep_begins_with_the_zero_of_its_scale() -> None:
    first, *others = sweep_grid(64)
    assert first.zero_signal and first.temperature == 1.0
    assert not any(each.zero_signal for each in others)


def test_the_largest_rise_at_locks_wins_among_those_that_keep_the_forks() -> None:
    assert chosen(signal(0.7, estimate(0.9), estimate(0.1)), signal(1.3, estimate(0.95), estimate(0.2))) == 1.3
    assert chosen(signal(0.7, estimate(0.9), estimate(0.1)), signal(1.3, estimate(0.8999), estimate(0.2))) == 0.7


@pytest.mark.parametrize("order", [1, -1])
def test_equal_rises_are_told_apart_by_the_smaller_divergence(order: int) -> None:
    signals = [
        signal(0.7, estimate(1.0), estimate(0.2), divergence=0.5),
        signal(1.3, estimate(1.0), estimate(0.2 + 1e-9), divergence=0.4),
    ]
    assert chosen(*signals[::order]) == 1.3


def test_a_setting_without_forks_keeps_them_all_and_one_without_locks_gains_nothing() -> None:
    assert chosen(signal(0.7, NONE, estimate(0.1)), signal(1.3, estimate(1.0), NONE)) == 0.7
    assert chosen(signal(0.7, NONE, NONE), signal(1.3, estimate(1.0), estimate(-0.1))) == 0.7


def test_where_none_keeps_the_forks_the_one_that_keeps_most_is_proposed_then_the_one_that_gains_more() -> None:
    assert chosen(signal(0.7, estimate(0.4), estimate(0.3)), signal(1.3, estimate(0.5), estimate(0.1))) == 1.3
    assert chosen(signal(0.7, estimate(0.5), estimate(0.1)), signal(1.3, estimate(0.5), estimate(0.2))) == 1.3
    assert chosen(signal(0.7, estimate(0.5), NONE), signal(1.3, estimate(0.5), estimate(0.2))) == 1.3
    why = propose_sampling([signal(0.7, estimate(0.5), NONE)], PRODUCTION).why
    assert why == "no setting keeps 90 % of the viable alternatives at forks; this one keeps most of them"


def test_the_reason_counts_the_settings_that_keep_the_forks() -> None:
    both = [signal(heat, estimate(1.0), estimate(0.1)) for heat in (0.7, 1.3)]
    assert propose_sampling([*both, signal(2.0, estimate(0.1), estimate(0.9))], PRODUCTION).why == (
        "of the 2 settings that keep 90 % or more of the viable alternatives at forks, it raises the right token at "
        "locks most"
    )


@pytest.mark.parametrize(
    ("temperature", "inside"), [(0.79, False), (T_EFF_BAND[0], True), (1.2, True), (T_EFF_BAND[1], True), (1.61, False)]
)
def test_the_effective_temperature_is_placed_in_the_band_of_the_paper(temperature: float, inside: bool) -> None:
    proposal = propose_sampling(
        [signal(temperature, estimate(1.0), estimate(0.1))], PRODUCTION.model_copy(update={"temperature": 1.0})
    )
    assert (proposal.t_effective, proposal.in_band) == (temperature, inside)


def test_where_no_setting_moves_the_model_the_reason_says_so() -> None:
    still = signal(0.7, estimate(1.0), estimate(0.0)).model_copy(update={"moved": estimate(0.0)})
    proposal = propose_sampling([still], PRODUCTION)
    assert (proposal.decoding, proposal.t_effective) == (None, None)
    assert proposal.why == "no setting of the sweep moves the model: there is nothing to learn from"
