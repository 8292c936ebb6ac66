"""The tail of a next-token distribution: the tokens beyond the top V, of which only the probability in all is known.

How that probability is spread over the tail is not known, but no token of it is above the V-th. The two extreme ways of
spreading it bound the tail's weight after tempering.

Axes as in :mod:`passgap.estimates.signal`: P positions, V known tokens, most likely first.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from passgap.estimates.counts import FloatArray
from passgap.records import Decoding

ROUNDING = 1e-6
"""How far the probabilities of the known tokens, which servers round to single precision, may add up wrongly."""


@dataclass(frozen=True)
class Tail:
    """The tail at each position. Weights are tempered probabilities over that of the most likely token."""

    weights: FloatArray
    """Of the known tokens, shape (P, V)."""
    rest: FloatArray
    """Probability at T = 1 of all other tokens, at most."""
    least: FloatArray
    """Tempered weight of the other tokens that top-k lets through, at least."""
    most: FloatArray
    tokens: int
    """How many those can be."""
    whole: bool
    """Whether top-k lets every token through."""

    @classmethod
    def of(cls, logprobs: FloatArray, decoding: Decoding, vocabulary: int) -> Tail:
        """The tail of known log-probabilities at T = 1, most likely first, shape (P, V)."""
        power = 1.0 / decoding.temperature
        first, last = logprobs[:, 0], logprobs[:, -1]
        left = 1.0 - np.exp(logprobs).sum(axis=-1)
        whole = decoding.top_k == 0 or decoding.top_k >= vocabulary
        tokens = (vocabulary if whole else decoding.top_k) - logprobs.shape[1]

        def heaped(rest: FloatArray) -> FloatArray:
            """As many tokens as the rest allows at the height of the last known one, above which there is none."""
            amount = np.minimum(np.log(rest), np.log(tokens) + last)
            return np.asarray(np.exp(amount + (power - 1.0) * last - power * first))

        def spread(rest: FloatArray) -> FloatArray:
            """All tokens alike."""
            height = np.minimum(np.log(rest / tokens), last)
            return np.asarray(np.exp(np.log(tokens) + power * height - power * first))

        lowest, rest = np.clip(left - ROUNDING, 0.0, 1.0), np.clip(left + ROUNDING, 0.0, 1.0)
        with np.errstate(divide="ignore"):
            least, most = (spread(lowest), heaped(rest)) if power >= 1.0 else (heaped(lowest), spread(rest))
        return cls(
            weights=np.exp(power * (logprobs - first[:, None])),
            rest=rest,
            least=least if whole else np.zeros_like(rest),
            most=np.maximum(least, most),
            tokens=tokens,
            whole=whole,
        )

    @property
    def known(self) -> FloatArray:
        """The weight of all known tokens."""
        return np.asarray(self.weights.sum(axis=-1))
