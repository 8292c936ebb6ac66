"""The divergence of one next-token distribution from another, position by position."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import special

from passgap.estimates.counts import FloatArray
from passgap.records.likelihoods import TokenProfile

LOCK, FORK = 0.95, 0.5
"""The probability of the likeliest token above which a position is a lock, and below which it is a fork."""


def token_profile(logits: npt.NDArray[np.floating]) -> TokenProfile:
    """Entropy, locks and forks of next-token distributions, from logits of shape (positions, vocabulary)."""
    entropy, locks, forks = 0.0, 0, 0
    for row in logits:  # a row at a time: vocabularies are large
        logprobs = special.log_softmax(row.astype(np.float64))
        entropy += float(special.entr(np.exp(logprobs)).sum())
        likeliest = float(np.exp(logprobs.max()))
        locks += likeliest > LOCK
        forks += likeliest < FORK
    return TokenProfile(entropy=max(0.0, entropy), locks=locks, forks=forks)


def position_divergences(base: npt.NDArray[np.floating], model: npt.NDArray[np.floating]) -> FloatArray:
    """KL(base || model) in nats at each position, over the whole vocabulary.

    It is the expectation under the base model of the log-ratio: unlike the log-ratio of the drawn tokens, it has no
    sampling noise within a position, and cannot be negative.

    Args:
        base: logits of the base model, of shape (positions, vocabulary); any constant may be added to a row.
        model: logits of the other model at the same positions.

    Returns:
        Shape (positions,).

    Raises:
        ValueError: the shapes differ.
    """
    if base.shape != model.shape:
        raise ValueError(f"logits of shape {base.shape} and {model.shape} are not of the same positions and vocabulary")
    found = np.empty(len(base), dtype=np.float64)
    for place, (one, other) in enumerate(zip(base, model, strict=True)):  # a row at a time: vocabularies are large
        ours, theirs = (special.log_softmax(row.astype(np.float64)) for row in (one, other))
        found[place] = special.rel_entr(np.exp(ours), np.exp(theirs)).sum()
    return np.maximum(found, 0.0)
