"""The learning signal of a sampling configuration: how far its samples are from the model that draws them.

Training on samples pulls the model towards the distribution that they were drawn from: the model's own, tempered and
truncated. At T = 1 without truncation that is the model itself, and the expected gradient is zero. Only what truncation
removes and temperature reshapes can be learned from (arXiv 2604.01193).

Axes: P positions (tokens of the base model's own samples), V tokens known at each position, most likely first.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from pydantic import Field
from scipy import special

from passgap.estimates.counts import BoolArray, FloatArray
from passgap.estimates.measured import DEFAULT_LEVEL, difference_interval, mean_interval, positive_mean_interval
from passgap.records import Decoding, Estimate, Measured, Record

SETTLED = 0.99
"""A position whose most likely token has more than this is settled: nothing is left to sharpen."""
LOCK_TOP = 0.5
LOCK_LEAD = 5.0
"""Lock-like: the most likely token has at least LOCK_TOP and LOCK_LEAD times the next: one answer and a tail."""
FORK_NEAR = 1.0 / 3.0
FORK_LEAST = 0.05
"""A token is viable with at least FORK_NEAR of the most likely one's probability and FORK_LEAST in itself;
a position with two or more viable tokens that is not lock-like is fork-like."""

NO_SIGNAL = 1e-3
"""Below this share of probability moved per token, a configuration carries next to no learning signal."""


@dataclass(frozen=True, eq=False)
class PositionSignals:
    """The learning signal of one configuration at each position; all arrays have shape (P,)."""

    divergence: FloatArray
    """KL from the tempered, truncated target to the model, in nats."""
    removed: FloatArray
    """The model's own probability (at T = 1) of the tokens that truncation removes."""
    moved: FloatArray
    """Total variation between target and model: half the size of the expected gradient on the logits; 0 at the
    fixed point."""
    lock_gain: FloatArray
    """How much the most likely token's probability rises; meant for lock-like positions."""
    fork_kept: FloatArray
    """The effective number of viable tokens in the target over that in the model; meant for fork-like positions."""
    locks: BoolArray
    forks: BoolArray
    settled: BoolArray


class LearningSignal(Record):
    """The learning signal of one sampling configuration, averaged over positions within a problem, then problems."""

    decoding: Decoding
    divergence: Measured
    removed: Measured
    moved: Measured
    locks: Measured
    forks: Measured
    settled: Measured
    lock_gain: Measured
    """How much the most likely token's probability rises at lock-like positions; insufficient where there are none."""
    fork_kept: Measured
    """The share of viable alternatives kept at fork-like positions; insufficient where there are none."""
    zero_signal: bool
    """T = 1 with nothing truncated: a fixed point, whatever the model."""
    positions: int = Field(ge=0)

    @property
    def next_to_none(self) -> bool:
        """Whether these samples carry next to no learning signal."""
        return self.zero_signal or (isinstance(self.moved, Estimate) and self.moved.high < NO_SIGNAL)


def sorted_logprobs(logits: FloatArray) -> FloatArray:
    """Log-probabilities at T = 1, most likely first, from logits of shape (P, V)."""
    logprobs = special.log_softmax(np.asarray(logits, dtype=np.float64), axis=-1)
    return np.asarray(-np.sort(-logprobs, axis=-1), dtype=np.float64)


def truncated_target(logprobs: FloatArray, decoding: Decoding) -> FloatArray:
    """The distribution that ``decoding`` draws from: temperature, top-k, top-p on what top-k left, renormalised.

    Args:
        logprobs: log-probabilities at T = 1, most likely first, shape (P, V).
        decoding: the sampling configuration; ``max_new_tokens`` plays no part.

    Returns:
        Probabilities of the same tokens, shape (P, V); 0 where truncated.
    """
    if decoding.greedy:
        target = np.zeros_like(logprobs)
        target[:, 0] = 1.0
        return target
    kept = logprobs[:, : decoding.top_k or None] / decoding.temperature
    target = special.softmax(kept, axis=-1)
    if decoding.top_p < 1.0:
        before = np.cumsum(target, axis=-1) - target
        target = np.where(before < decoding.top_p, target, 0.0)
        target /= target.sum(axis=-1, keepdims=True)
    missing = logprobs.shape[1] - target.shape[1]
    return np.asarray(np.pad(target, ((0, 0), (0, missing))), dtype=np.float64)


def position_signals(logprobs: FloatArray, decoding: Decoding, *, complete: bool = True) -> PositionSignals:
    """Compare a configuration's target with the model at every position.

    Args:
        logprobs: log-probabilities at T = 1 under the whole vocabulary, most likely first, shape (P, V).
        decoding: the sampling configuration.
        complete: whether V is the whole vocabulary. The top V of a server's answer are enough where ``top_k`` is
            between 1 and V, or the decoding is greedy: then the target lies inside them. For any other decoding,
            :func:`~passgap.estimates.top_token_signals` gives bounds.

    Raises:
        ValueError: the target reaches beyond the tokens that are known.
    """
    if not complete and not (decoding.greedy or 1 <= decoding.top_k <= logprobs.shape[1]):
        raise ValueError(
            f"the top {logprobs.shape[1]} tokens cannot give the signal of top_k = {decoding.top_k}: "
            "the target reaches beyond them"
        )
    signals = signals_of_target(truncated_target(logprobs, decoding), logprobs)
    # Where nothing is truncated, rounding is all that could seem to be removed.
    return dataclasses.replace(signals, removed=np.zeros_like(signals.removed)) if _keeps_all(decoding) else signals


def signals_of_target(target: FloatArray, logprobs: FloatArray) -> PositionSignals:
    """Compare any target with the model.

    Args:
        target: probabilities of the tokens of ``logprobs``, 0 from some token on, shape (P, V).
        logprobs: log-probabilities at T = 1 under the whole vocabulary, most likely first, shape (P, V).
    """
    # Beyond the target's support and the viable tokens nothing counts, and most of the vocabulary lies there.
    reach = max(int(np.count_nonzero((target > 0.0).any(axis=0))), math.ceil(1.0 / FORK_LEAST))
    target, logprobs = target[:, :reach], logprobs[:, :reach]
    model = np.exp(logprobs)
    support = target > 0.0
    ratio = np.log(target, out=np.zeros_like(target), where=support) - np.where(support, logprobs, 0.0)
    divergence = np.where(support, target * ratio, 0.0).sum(axis=-1)
    kept = np.where(support, model, 0.0).sum(axis=-1)
    gains = np.where(support, np.maximum(target - model, 0.0), 0.0).sum(axis=-1)
    top = model[:, 0]
    runner_up = model[:, 1] if model.shape[1] > 1 else np.zeros_like(top)
    settled = top > SETTLED
    locks = ~settled & (top >= LOCK_TOP) & (top >= LOCK_LEAD * runner_up)
    viable = (model >= FORK_NEAR * top[:, None]) & (model >= FORK_LEAST)
    return PositionSignals(
        divergence=np.maximum(divergence, 0.0),
        removed=np.clip(1.0 - kept, 0.0, 1.0),
        moved=np.clip(gains, 0.0, 1.0),
        lock_gain=target[:, 0] - top,
        fork_kept=np.minimum(1.0, _effective_number(target, viable) / _effective_number(model, viable)),
        locks=locks,
        forks=~settled & ~locks & (viable.sum(axis=-1) >= 2),
        settled=settled,
    )


def _keeps_all(decoding: Decoding) -> bool:
    return not decoding.greedy and decoding.top_k == 0 and decoding.top_p == 1.0


def _effective_number(probabilities: FloatArray, among: BoolArray) -> FloatArray:
    """The exponential of the entropy among the marked tokens: how many alternatives there really are."""
    part = np.where(among, probabilities, 0.0)
    total = part.sum(axis=-1, keepdims=True)
    share = np.divide(part, total, out=np.zeros_like(part), where=total > 0.0)
    return np.asarray(np.exp(special.entr(share).sum(axis=-1)), dtype=np.float64)


def learning_signal(
    by_problem: Mapping[str, Sequence[PositionSignals]],
    decoding: Decoding,
    *,
    level: float = DEFAULT_LEVEL,
) -> LearningSignal:
    """Average a configuration's signal: over the positions of a problem first, then over problems.

    Args:
        by_problem: the signals of each problem's sampled contexts, in as many chunks as they were computed in.
        decoding: the configuration that they belong to.
        level: of the intervals, which are over problems.
    """
    names = [name for name in sorted(by_problem) if sum(len(part.moved) for part in by_problem[name])]
    columns = {
        field: [np.concatenate([getattr(part, field) for part in by_problem[name]]) for name in names]
        for field in PositionSignals.__dataclass_fields__
    }
    lengths = [len(column) for column in columns["moved"]]
    m = max(1, min(lengths, default=1))

    def share(field: str) -> Measured:
        return mean_interval([float(column.mean()) for column in columns[field]], m=m, level=level)

    return LearningSignal(
        decoding=decoding,
        divergence=positive_mean_interval(
            [float(column.mean()) for column in columns["divergence"]], m=m, level=level, unit="nats"
        ),
        removed=share("removed"),
        moved=share("moved"),
        locks=share("locks"),
        forks=share("forks"),
        settled=share("settled"),
        lock_gain=difference_interval(_means_at(columns["lock_gain"], columns["locks"]), m=m, level=level),
        fork_kept=mean_interval(_means_at(columns["fork_kept"], columns["forks"]), m=m, level=level),
        zero_signal=decoding.zero_signal,
        positions=sum(lengths),
    )


def _means_at(values: Sequence[FloatArray], marks: Sequence[BoolArray]) -> list[float]:
    """The mean over the marked positions of each problem that has any."""
    return [float(value[mark].mean()) for value, mark in zip(values, marks, strict=True) if mark.any()]
