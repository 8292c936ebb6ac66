from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import optimize, stats

from passgap.estimates import (
    LearningSignal,
    learning_signal,
    position_signals,
    propose_sampling,
    sorted_logprobs,
    sweep_grid,
    truncated_target,
)
from passgap.records import Decoding, Estimate

Floats = npt.NDArray[np.float64]


def setting(temperature: float, top_k: int = 0, top_p: float = 1.0) -> Decoding:
    return Decoding(temperature=temperature, top_k=top_k, top_p=top_p, max_new_tokens=16)


def random_logprobs(positions: int = 40, vocabulary: int = 50, scale: float = 3.0) -> Floats:
    return sorted_logprobs(np.random.default_rng(0).normal(0, scale, size=(positions, vocabulary)))


class TestToyMachine:
    """The exact machine of arXiv 2604.01193, appendix C.4; every figure asserted here is printed there.

    The ratio of the geometric tails is not printed: 0.5 for root and fork and 0.75 for lock give the printed
    entropies.
    """

    @staticmethod
    def distribution(head: list[float], ratio: float) -> Floats:
        tail = ratio ** np.arange(12)
        return np.concatenate([head, (1 - sum(head)) * tail / tail.sum()])

    @property
    def teacher(self) -> list[Floats]:
        return [
            self.distribution([0.200, 0.190, 0.329, 0.126], 0.5),
            self.distribution([0.148, 0.280, 0.140, 0.144], 0.5),
            self.distribution([0.750, 0.055, 0.050, 0.037], 0.75),
        ]

    @staticmethod
    def decoded(probabilities: Floats, decoding: Decoding) -> Floats:
        """The decoded distribution in the machine's own order of tokens."""
        order = np.argsort(-probabilities, kind="stable")
        order = order[probabilities[order] > 0]
        target = np.zeros_like(probabilities)
        target[order] = truncated_target(np.log(probabilities[order])[None, :], decoding)[0]
        return target

    @property
    def student(self) -> list[Floats]:
        return [self.decoded(each, setting(0.9, top_p=0.85)) for each in self.teacher]

    def success(self, model: list[Floats], temperature: float) -> float:
        root, fork, lock = (self.decoded(each, setting(temperature, top_p=0.80)) for each in model)
        return float((root[0] + root[1]) * fork[0] * lock[0] ** 3)

    def best(self, model: list[Floats], low: float, high: float) -> tuple[float, float]:
        grid = np.arange(low, high, 0.001)
        values = [self.success(model, float(temperature)) for temperature in grid]
        return float(grid[int(np.argmax(values))]), max(values)

    def test_entropies(self) -> None:
        _, fork, lock = self.teacher
        assert stats.entropy(fork, base=2) == pytest.approx(2.81, abs=0.005)
        assert stats.entropy(lock, base=2) == pytest.approx(1.61, abs=0.005)

    def test_student_distributions(self) -> None:
        root, fork, lock = self.student
        assert (lock > 0).sum() == 2
        assert lock[:2] == pytest.approx([0.948, 0.052], abs=5e-4)
        assert (fork > 0).sum() == 5
        assert fork[[1, 0]] == pytest.approx([0.344, 0.169], abs=1e-3)
        assert (root > 0).sum() == 4
        assert root[2] == pytest.approx(0.406, abs=5e-4)

    def test_best_decoding_of_teacher_and_student(self) -> None:
        # The maximum sits on a jump, where a token leaves the nucleus: its height depends on the grid a little.
        temperature, value = self.best(self.teacher, 0.3, 1.5)
        assert (temperature, value) == (pytest.approx(0.639, abs=0.002), pytest.approx(0.0832, abs=1e-4))
        temperature, value = self.best(self.student, 1.5, 2.5)
        assert (temperature, value) == (pytest.approx(2.091, abs=0.004), pytest.approx(0.1377, abs=5e-5))

    def test_the_stated_rules_call_locks_and_forks_by_their_names(self) -> None:
        logprobs = sorted_logprobs(np.log(np.stack(self.teacher)))
        signals = position_signals(logprobs, setting(0.9, top_p=0.85))
        assert signals.locks.tolist() == [False, False, True]
        assert signals.forks.tolist() == [True, True, False]
        assert signals.lock_gain[2] == pytest.approx(0.948 - 0.75, abs=5e-4)


def test_full_sampling_at_one_is_a_fixed_point() -> None:
    signals = position_signals(random_logprobs(), setting(1.0))
    for column in (signals.divergence, signals.removed, signals.moved, signals.lock_gain):
        np.testing.assert_allclose(column, 0.0, atol=1e-12)
    np.testing.assert_allclose(signals.fork_kept, 1.0)


@given(st.floats(0.3, 3.0), st.integers(0, 30), st.floats(0.1, 1.0))
def test_target_against_a_plain_reading_of_the_rule(temperature: float, top_k: int, top_p: float) -> None:
    decoding = setting(temperature, top_k, top_p)
    logprobs = random_logprobs(6, 20)
    target = truncated_target(logprobs, decoding)
    for row, got in zip(np.exp(logprobs), target, strict=True):
        tempered = row ** (1 / temperature)
        kept = list(tempered[: top_k or None] / tempered[: top_k or None].sum())
        nucleus: list[float] = []
        for probability in kept:
            if top_p < 1.0 and sum(nucleus) >= top_p:
                break
            nucleus.append(probability)
        expected = np.array(nucleus + [0.0] * (20 - len(nucleus))) / sum(nucleus)
        np.testing.assert_allclose(got, expected, atol=1e-9)


@given(st.floats(0.3, 3.0), st.integers(0, 30), st.floats(0.1, 1.0))
def test_signals_are_what_their_definitions_say(temperature: float, top_k: int, top_p: float) -> None:
    decoding = setting(temperature, top_k, top_p)
    logprobs = random_logprobs(6, 20)
    model, target = np.exp(logprobs), truncated_target(logprobs, decoding)
    signals = position_signals(logprobs, decoding)
    np.testing.assert_allclose(
        signals.divergence, [stats.entropy(q, p) for q, p in zip(target, model, strict=True)], atol=1e-9
    )
    np.testing.assert_allclose(signals.moved, np.abs(target - model).sum(axis=1) / 2, atol=1e-9)
    np.testing.assert_allclose(signals.removed, (model * (target == 0)).sum(axis=1), atol=1e-9)
    assert (signals.fork_kept > 0).all() and (signals.fork_kept <= 1).all()


def test_the_expected_gradient_is_twice_the_probability_moved() -> None:
    logits = np.random.default_rng(1).normal(size=8)
    decoding = setting(0.7, top_k=5)
    order = np.argsort(-logits)
    target = np.zeros(8)
    target[order] = truncated_target(sorted_logprobs(logits[None, :]), decoding)[0]

    def loss(theta: Floats) -> float:
        return float(-(target * (theta - np.log(np.exp(theta).sum()))).sum())

    gradient = optimize.approx_fprime(logits, loss)
    moved = position_signals(sorted_logprobs(logits[None, :]), decoding).moved[0]
    assert np.abs(gradient).sum() == pytest.approx(2 * moved, abs=1e-5)


def test_the_top_of_a_distribution_is_enough_under_top_k_and_refused_otherwise() -> None:
    full = random_logprobs()
    whole = position_signals(full, setting(1.3, top_k=10, top_p=0.9))
    top = position_signals(full[:, :20], setting(1.3, top_k=10, top_p=0.9), complete=False)
    for name in ("divergence", "removed", "moved", "lock_gain", "fork_kept"):
        np.testing.assert_allclose(getattr(top, name), getattr(whole, name), atol=1e-12)
    for decoding in (setting(1.3), setting(1.0), setting(1.3, top_k=30), setting(1.3, top_p=0.9)):
        with pytest.raises(ValueError, match="reaches beyond"):
            position_signals(full[:, :20], decoding, complete=False)


def test_greedy_moves_everything_to_the_top() -> None:
    logprobs = random_logprobs()
    signals = position_signals(logprobs, setting(0.0))
    np.testing.assert_allclose(signals.moved, 1 - np.exp(logprobs[:, 0]), atol=1e-12)


def summary(decoding: Decoding, scale: float = 3.0) -> LearningSignal:
    parts = {f"p{i}": [position_signals(random_logprobs(30, scale=scale), decoding)] * 2 for i in range(12)}
    return learning_signal(parts, decoding)


def test_summary_counts_positions_and_carries_intervals() -> None:
    got = summary(setting(1.6, 20, 0.8))
    assert got.positions == 12 * 60 and not got.zero_signal and not got.next_to_none
    for measured in (got.divergence, got.removed, got.moved, got.locks, got.forks, got.settled):
        assert isinstance(measured, Estimate) and measured.n == 12
    assert got.divergence.unit == "nats"  # type: ignore[union-attr]


def test_the_fixed_point_is_flagged_and_no_positions_are_insufficient() -> None:
    assert summary(setting(1.0)).zero_signal and summary(setting(1.0)).next_to_none
    empty = learning_signal({}, setting(0.9))
    assert empty.positions == 0 and not isinstance(empty.moved, Estimate)


def kept(signal: LearningSignal) -> float:
    assert isinstance(signal.fork_kept, Estimate)
    return signal.fork_kept.value


def gain(signal: LearningSignal) -> float:
    assert isinstance(signal.lock_gain, Estimate) and signal.lock_gain.unit == "difference"
    return signal.lock_gain.value


def test_the_proposal_keeps_forks_and_sharpens_locks() -> None:
    signals = [summary(decoding) for decoding in sweep_grid(64)]
    proposal = propose_sampling(signals, setting(0.8))
    assert proposal.decoding is not None and not proposal.decoding.zero_signal
    chosen = next(signal for signal in signals if signal.decoding == proposal.decoding)
    keeping = [signal for signal in signals if kept(signal) >= 0.9 and not signal.next_to_none]
    assert kept(chosen) >= 0.9
    assert gain(chosen) == max(gain(signal) for signal in keeping)
    assert proposal.t_effective == pytest.approx(proposal.decoding.temperature * 0.8)


def test_where_nothing_moves_nothing_is_proposed() -> None:
    assert propose_sampling([summary(setting(1.0))], setting(0.8)).decoding is None


def test_where_no_setting_keeps_the_forks_the_gentlest_is_proposed() -> None:
    fork = np.log(np.array([[0.3, 0.25, 0.2, 0.15, 0.1]]))
    settings = (setting(0.2), setting(0.3))
    harsh = [learning_signal({"p": [position_signals(fork, each)]}, each) for each in settings]
    proposal = propose_sampling(harsh, setting(0.8))
    assert proposal.decoding == setting(0.3) and "no setting keeps" in proposal.why


def test_the_sweep_holds_the_documented_settings() -> None:
    grid = sweep_grid(64)
    truncated = {(each.temperature, each.top_k, each.top_p) for each in grid if each.top_p < 1.0}
    pairs = [(20, 0.8), (20, 0.95), (10, 0.8), (0, 0.9)]
    assert truncated == {(heat, k, p) for heat in (0.7, 1.0, 1.3, 1.6, 2.0) for k, p in pairs}
    assert {each.max_new_tokens for each in grid} == {64} and len(set(grid)) == len(grid)


def test_a_position_is_a_fork_by_its_own_viable_tokens_alone() -> None:
    """The first has two viable tokens; the second has one, no lock, and a long tail of tokens that are not viable."""
    fork = [0.4, 0.3] + [0.005] * 60
    alone = [0.4] + [0.6 / 61] * 61
    signals = position_signals(np.log(np.array([fork, alone])), setting(0.9, top_p=0.9))
    assert signals.forks.tolist() == [True, False]
    assert not signals.locks.any() and not signals.settled.any()


def test_a_third_of_the_most_likely_token_is_viable() -> None:
    logprobs = np.log(np.array([[0.75 / 2, 0.25 / 2] + [0.5 / 60] * 60]))
    exact = np.isclose(np.exp(logprobs[0, 1]), np.exp(logprobs[0, 0]) / 3.0)
    assert exact and position_signals(logprobs + 1e-9 * np.eye(1, 62, 1), setting(0.9, top_k=9)).forks.all()
    assert not position_signals(logprobs - 1e-6 * np.eye(1, 62, 1), setting(0.9, top_k=9)).forks.any()


def test_a_vocabulary_of_one_token_is_settled() -> None:
    signals = position_signals(np.zeros((2, 1)), setting(0.9))
    assert signals.settled.all() and not signals.locks.any() and not signals.forks.any()


def test_every_summary_states_the_fewest_positions_of_a_problem() -> None:
    logprobs = random_logprobs(40, 50, scale=1.5)
    parts = {name: [position_signals(logprobs[:size], setting(0.9))] for name, size in (("a", 30), ("b", 40))}
    got = learning_signal(parts, setting(0.9))
    for measured in (got.divergence, got.moved, got.removed, got.locks, got.forks, got.settled, got.fork_kept):
        assert measured.m == 30
    assert learning_signal({}, setting(0.9)).moved.m == 1
