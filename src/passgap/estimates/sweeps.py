"""A model's measurements at several decodings, aligned by problem with those of other models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from passgap.estimates.counts import Counts, FloatArray
from passgap.estimates.frontier import SweptPoint
from passgap.estimates.measured import mean_interval
from passgap.estimates.scores import pass_at_k
from passgap.records import Decoding, Measured


@dataclass(frozen=True, eq=False)
class DecodingScores:
    """One model at one decoding."""

    decoding: Decoding
    counts: Counts
    diversity: Mapping[str, float]
    """1 - Self-BLEU of each problem's samples; a problem whose samples cannot be compared is missing."""
    nats: Measured | None = None
    """Mean negative log-probability of a drawn token under the model at temperature 1; None where not kept."""

    def single(self, ids: Sequence[str]) -> FloatArray:
        """pass@1 of these problems."""
        rows = self.counts.select(ids)
        return np.asarray(rows.correct / rows.samples)

    def passes(self, ids: Sequence[str], k: int) -> FloatArray:
        """pass@k of these problems; greedy decoding gives the same answer k times."""
        if self.decoding.greedy:
            return self.single(ids)
        rows = self.counts.select(ids)
        return pass_at_k(rows.samples, rows.correct, k)

    def spread(self, ids: Sequence[str]) -> FloatArray:
        """The diversity of these problems."""
        return np.array([self.diversity[name] for name in sorted(ids)])

    def point(self, ids: Sequence[str], wide: FloatArray) -> SweptPoint:
        """The point of a frontier that is matched at ``wide``."""
        decoding = self.decoding
        temperature = 0.0 if decoding.greedy else decoding.temperature
        return SweptPoint(temperature, (decoding.top_k, decoding.top_p), self.single(ids), wide)

    def mean(self, scores: FloatArray, level: float) -> Measured:
        """The mean of a score over problems."""
        return mean_interval(scores, m=max(1, self.counts.m), level=level)


Sweep = Sequence[DecodingScores]
"""One model at every decoding."""


def common_problems(sweeps: Sequence[Sweep], k: int) -> tuple[str, ...]:
    """The problems that have enough scored samples with every model at every decoding, sorted."""
    found: set[str] | None = None
    for each in (scores for sweep in sweeps for scores in sweep):
        needed = 1 if each.decoding.greedy else k
        enough = {name for name, samples in zip(each.counts.ids, each.counts.samples, strict=True) if samples >= needed}
        found = enough if found is None else found & enough
    return tuple(sorted(found or ()))


def comparable_problems(sweeps: Sequence[Sweep], ids: Sequence[str]) -> tuple[str, ...]:
    """Those of these problems whose samples can be compared with each other at every decoding."""
    every = [scores.diversity for sweep in sweeps for scores in sweep]
    return tuple(name for name in sorted(ids) if all(name in each for each in every))
