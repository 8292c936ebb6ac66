"""The sampling configuration to train on: a small sweep over temperature and truncation, and the rule that chooses."""

from __future__ import annotations

from collections.abc import Sequence

from passgap.estimates.signal import LearningSignal
from passgap.records import Decoding, Estimate, Measured, Record

SWEEP_TEMPERATURES = (0.7, 1.0, 1.3, 1.6, 2.0)
SWEEP_TRUNCATIONS = ((20, 0.8), (20, 0.95), (10, 0.8), (0, 0.9))
"""Pairs of (top_k, top_p): the paper's, and the customary one without top-k."""

FORKS_KEPT = 0.9
"""A proposed setting keeps at least this share of the viable alternatives at fork-like positions."""

T_EFF_BAND = (0.8, 1.6)
"""Where T_train x T_eval gave most in the paper, around its peak of 1.2; without truncation (arXiv 2604.01193)."""


class Proposal(Record):
    """The setting that the rule chooses, and why."""

    decoding: Decoding | None
    """None where no setting has a learning signal."""
    why: str
    t_effective: float | None = None
    """Training temperature times evaluation temperature."""
    in_band: bool | None = None
    """Whether that product lies in the paper's band: context, not part of the rule, as truncation moves the optimum."""


def sweep_grid(max_new_tokens: int) -> tuple[Decoding, ...]:
    """The configurations of the sweep, the zero-signal point among them as the zero of the scale."""
    grid = [
        Decoding(temperature=temperature, top_k=top_k, top_p=top_p, max_new_tokens=max_new_tokens)
        for temperature in SWEEP_TEMPERATURES
        for top_k, top_p in SWEEP_TRUNCATIONS
    ]
    return (Decoding(temperature=1.0, max_new_tokens=max_new_tokens), *grid)


def propose_sampling(signals: Sequence[LearningSignal], evaluation: Decoding) -> Proposal:
    """Choose the setting that sharpens locks most among those that keep the forks.

    A setting qualifies if it has a learning signal and at least :data:`FORKS_KEPT` of the viable alternatives
    kept where several continuations are viable. Among these the largest mean rise of the right token at lock-like
    positions wins; equal ones are told apart by the smaller divergence. Where none keeps the forks, the one that
    keeps most of them is proposed, and the reason says so.

    Args:
        signals: one per setting, all on the same contexts.
        evaluation: production decoding, whose temperature enters the effective temperature.
    """
    alive = [signal for signal in signals if not signal.next_to_none]
    if not alive:
        return Proposal(decoding=None, why="no setting of the sweep moves the model: there is nothing to learn from")
    keeping = [signal for signal in alive if _value(signal.fork_kept, 1.0) >= FORKS_KEPT]
    if keeping:
        chosen = max(keeping, key=lambda signal: (round(_value(signal.lock_gain, 0.0), 6), -_divergence(signal)))
        why = (
            f"of the {len(keeping)} settings that keep {100 * FORKS_KEPT:g} % or more of the viable alternatives at "
            f"forks, it raises the right token at locks most"
        )
    else:
        chosen = max(alive, key=lambda signal: (_value(signal.fork_kept, 1.0), _value(signal.lock_gain, 0.0)))
        why = (
            f"no setting keeps {100 * FORKS_KEPT:g} % of the viable alternatives at forks; this one keeps most of them"
        )
    product = chosen.decoding.temperature * evaluation.temperature
    return Proposal(
        decoding=chosen.decoding,
        why=why,
        t_effective=product,
        in_band=T_EFF_BAND[0] <= product <= T_EFF_BAND[1],
    )


def _divergence(signal: LearningSignal) -> float:
    return _value(signal.divergence, 0.0)


def _value(measured: Measured, otherwise: float) -> float:
    return measured.value if isinstance(measured, Estimate) else otherwise
