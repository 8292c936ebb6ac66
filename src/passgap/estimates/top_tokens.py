"""The learning signal from the top tokens of a server's answer: bounds instead of a guess about the tail.

A server returns the log-probabilities of the V most likely tokens at a position. The bounds on the tail
(:mod:`passgap.estimates.tail`) bound every signal. Where the target lies inside the V tokens whatever the tail looks
like, both bounds are the exact value.

Axes as in :mod:`passgap.estimates.signal`: P positions, V known tokens, most likely first.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import special

from passgap.estimates.counts import BoolArray, FloatArray, IntArray
from passgap.estimates.measured import DEFAULT_LEVEL, with_warning
from passgap.estimates.signal import (
    FORK_LEAST,
    FORK_NEAR,
    LearningSignal,
    PositionSignals,
    learning_signal,
    position_signals,
    signals_of_target,
)
from passgap.estimates.tail import Tail
from passgap.records import Decoding, Estimate, Insufficient, Measured

_BOUNDED = ("divergence", "removed", "moved", "lock_gain", "fork_kept")


@dataclass(frozen=True, eq=False)
class SignalBounds:
    """The least and the most that each signal can be at each position; locks, forks and settled agree in both."""

    least: PositionSignals
    most: PositionSignals


def top_token_signals(logprobs: FloatArray, decoding: Decoding, vocabulary: int) -> SignalBounds:
    """Bound a configuration's signals from the top tokens alone.

    Args:
        logprobs: log-probabilities at T = 1 under the whole vocabulary of the V most likely tokens, shape (P, V).
        decoding: the sampling configuration; any truncation, also one that reaches beyond the V tokens.
        vocabulary: the size of the whole vocabulary, V or more.

    Raises:
        ValueError: fewer than two tokens are known, or more than the vocabulary has.
    """
    known = logprobs.shape[1]
    if not 2 <= known <= vocabulary:
        raise ValueError(f"the top tokens must be at least 2 and at most the {vocabulary} that there are, not {known}")
    if decoding.greedy or 1 <= decoding.top_k <= known or known == vocabulary:
        exact = position_signals(logprobs, decoding, complete=known == vocabulary)
        bounds = SignalBounds(exact, exact)
        return bounds if known == vocabulary else _blind_to_unknown_forks(bounds, logprobs)
    tail = Tail.of(logprobs, decoding, vocabulary)
    bounds = _joined([*_inside(logprobs, decoding, tail), _beyond(logprobs, decoding, tail)])
    if tail.whole and decoding.top_p == 1.0:
        nothing = np.zeros_like(tail.rest)
        bounds = SignalBounds(*(dataclasses.replace(part, removed=nothing) for part in (bounds.least, bounds.most)))
    return _blind_to_unknown_forks(bounds, logprobs)


def _inside(logprobs: FloatArray, decoding: Decoding, tail: Tail) -> list[SignalBounds]:
    """Every way in which top-p can cut among the known tokens: the signals are exact for each number of them kept."""
    fewest, largest = (_kept(tail, decoding, tail.known + rest) for rest in (tail.least, tail.most))
    if decoding.top_p == 1.0:
        return []
    possible = tail.known >= decoding.top_p * (tail.known + tail.least)
    cuts = []
    for more in range(int((largest - fewest).max(initial=0)) + 1):
        kept = np.minimum(fewest + more, largest)
        target = np.where(np.arange(logprobs.shape[1]) < kept[:, None], tail.weights, 0.0)
        signals = signals_of_target(target / target.sum(axis=-1, keepdims=True), logprobs)
        cuts.append(_only_where(possible, SignalBounds(signals, signals)))
    return cuts


def _kept(tail: Tail, decoding: Decoding, total: FloatArray) -> IntArray:
    """How many known tokens top-p keeps where all weights add up to ``total``."""
    before = np.cumsum(tail.weights, axis=-1) - tail.weights
    return np.asarray(np.maximum(1, (before < decoding.top_p * total[:, None]).sum(axis=-1)), dtype=np.int64)


def _beyond(logprobs: FloatArray, decoding: Decoding, tail: Tail) -> SignalBounds:
    """The target holds every known token and some of the others: between ``low`` and ``high`` in weight, all in all."""
    known, model = tail.known, np.exp(logprobs)
    low = np.maximum(known, decoding.top_p * (known + tail.least))
    most = known + tail.most
    # Top-p stops with the token that passes its share, and no other token weighs more than the last known one.
    high = np.maximum(low, np.minimum(most, decoding.top_p * most + tail.weights[:, -1]))
    signals = signals_of_target(tail.weights / known[:, None], logprobs)
    columns = {
        "removed": (np.zeros_like(known), tail.rest),
        "moved": _moved(tail, model, low, high),
        "lock_gain": (1.0 / high - model[:, 0], 1.0 / low - model[:, 0]),
        "divergence": _divergence(logprobs, decoding, tail, low, high),
    }
    ends = SignalBounds(*(_with(signals, {name: pair[side] for name, pair in columns.items()}) for side in (0, 1)))
    return ends if decoding.top_p == 1.0 else _only_where(known < decoding.top_p * most, ends)


def _with(part: PositionSignals, columns: Mapping[str, Any]) -> PositionSignals:
    return dataclasses.replace(part, **columns)


def _moved(tail: Tail, model: FloatArray, low: FloatArray, high: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Total variation is all that rises, and all that falls; of the tail only its whole is known."""

    def rises(total: FloatArray) -> FloatArray:
        return np.asarray(np.maximum(tail.weights / total[:, None] - model, 0.0).sum(axis=-1))

    def falls(total: FloatArray) -> FloatArray:
        return np.asarray(np.maximum(model - tail.weights / total[:, None], 0.0).sum(axis=-1))

    most = np.minimum(rises(low) + 1.0 - tail.known / high, falls(high) + tail.rest)
    return np.maximum(rises(high), falls(low)), np.minimum(most, 1.0)


def _divergence(
    logprobs: FloatArray, decoding: Decoding, tail: Tail, low: FloatArray, high: FloatArray
) -> tuple[FloatArray, FloatArray]:
    temperature, first, last = decoding.temperature, logprobs[:, 0], logprobs[:, -1]
    known = tail.known
    cross = (special.xlogy(tail.weights, tail.weights) - tail.weights * logprobs).sum(axis=-1)

    def of_known(total: FloatArray) -> FloatArray:
        return np.asarray((cross - known * np.log(total)) / total)

    # As a function of the total, the known tokens' part falls and then rises.
    turning = np.exp(np.minimum(1.0 + cross / known, 700.0))
    least = of_known(np.clip(turning, low, high))
    most = np.maximum(of_known(low), of_known(high))
    share_low, share_high = 1.0 - known / low, 1.0 - known / high
    # Lumping tokens together never raises the divergence (the log-sum inequality).
    lumped = np.clip(tail.rest / np.e, share_low, share_high)
    least = least + special.rel_entr(lumped, np.maximum(tail.rest, 1e-300))
    if temperature <= 1.0:
        ratio = (1.0 / temperature - 1.0) * last - first / temperature - np.log(low)
        most = most + share_high * np.maximum(ratio, 0.0)
    else:
        spread = np.clip(tail.tokens / np.e, share_low, share_high)
        entropy = special.xlogy(spread, tail.tokens) + special.entr(spread)
        most = most + (temperature - 1.0) * entropy
        most = most + share_high * np.maximum(-temperature * np.log(low) - first, 0.0)
    return np.maximum(least, 0.0), np.maximum(most, 0.0)


def _only_where(possible: BoolArray, bounds: SignalBounds) -> SignalBounds:
    """The bounds at the positions where this case is possible, and at the others bounds that widen no other."""

    def blank(part: PositionSignals, value: float) -> PositionSignals:
        return _with(part, {name: np.where(possible, getattr(part, name), value) for name in _BOUNDED})

    return SignalBounds(blank(bounds.least, np.inf), blank(bounds.most, -np.inf))


def _joined(parts: Sequence[SignalBounds]) -> SignalBounds:
    def over(name: str) -> tuple[FloatArray, FloatArray]:
        least = np.minimum.reduce([getattr(part.least, name) for part in parts])
        return least, np.maximum.reduce([getattr(part.most, name) for part in parts])

    ends = {name: over(name) for name in _BOUNDED}
    return SignalBounds(*(_with(parts[0].least, {name: ends[name][side] for name in _BOUNDED}) for side in (0, 1)))


def _blind_to_unknown_forks(bounds: SignalBounds, logprobs: FloatArray) -> SignalBounds:
    """Where tokens beyond the known ones may be viable too, what a target keeps of the viable ones is not known."""
    first, last = np.exp(logprobs[:, 0]), np.exp(logprobs[:, -1])
    blind = (last >= FORK_LEAST) & (last >= FORK_NEAR * first)
    return SignalBounds(
        dataclasses.replace(bounds.least, fork_kept=np.where(blind, 0.0, bounds.least.fork_kept)),
        dataclasses.replace(bounds.most, fork_kept=np.where(blind, 1.0, bounds.most.fork_kept)),
    )


def bounded_learning_signal(
    by_problem: Mapping[str, Sequence[SignalBounds]], decoding: Decoding, *, level: float = DEFAULT_LEVEL
) -> LearningSignal:
    """Average bounded signals as :func:`~passgap.estimates.learning_signal` does.

    Each interval reaches from that of the least to that of the most, and so holds whatever the unknown tokens are; the
    value is half-way between the two, and a warning says how far apart they are where that matters.
    """
    least, most = (
        learning_signal(
            {name: [getattr(part, end) for part in parts] for name, parts in by_problem.items()}, decoding, level=level
        )
        for end in ("least", "most")
    )
    joined = {name: _between(getattr(least, name), getattr(most, name)) for name in _BOUNDED}
    return least.model_copy(update=joined)


def _between(least: Measured, most: Measured) -> Measured:
    if isinstance(least, Insufficient) or isinstance(most, Insufficient):
        return least
    apart = most.value - least.value
    both = most.model_copy(
        update={"value": (least.value + most.value) / 2.0, "low": min(least.low, most.low), "high": most.high}
    )
    known = Estimate.model_validate(both.model_dump())
    return with_warning(known, f"known to {apart:.2g} from the top tokens alone") if apart > 1e-3 else known
