"""Candidates on the plane of accuracy and cost, drawn anew on both axes at once.

One draw takes problems with replacement, the same ones for every candidate, so that their differences stay paired; and
for each candidate seeds with replacement, each with its own accuracy and its own cost. Resampling S seeds understates
their variance by (S-1)/S, which the deviations make up for. A candidate with one seed varies with the problems alone,
and its cost with the spread of the throughput that was measured.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from passgap.estimates.counts import BoolArray, FloatArray

DRAWS = 4_000
SEED = 20_261_127


@dataclass(frozen=True)
class PlaneData:
    """The measurements of one candidate."""

    scores: FloatArray
    """pass@1 of each problem with each seed, shape (seeds, problems); the problems are those of every candidate."""
    costs: FloatArray
    """Device-hours with each seed."""
    cost_spread: float = 0.0
    """The standard error of the cost over the cost, where one seed was run."""

    def __post_init__(self) -> None:
        if self.scores.ndim != 2 or len(self.scores) != len(self.costs) or not len(self.costs):
            raise ValueError(f"{self.scores.shape} scores and {len(self.costs)} costs are not of the same seeds")


@dataclass(frozen=True)
class PlaneDraws:
    """Accuracy and cost of every candidate in every draw, shape (draws, candidates)."""

    accuracy: FloatArray
    cost: FloatArray

    def dominates(self, one: int, other: int, margin: float) -> float:
        """The share of draws in which one is no less accurate than the other, less a margin, and costs no more."""
        better = self.accuracy[:, one] - self.accuracy[:, other] >= -margin - 1e-12
        return float((better & (self.cost[:, one] <= self.cost[:, other])).mean())

    def on_the_frontier(self) -> tuple[float, ...]:
        """The share of draws in which no other candidate is as good on both axes and better on one."""
        candidates = range(self.accuracy.shape[1])
        return tuple(float((~self._beaten(each)).mean()) for each in candidates)

    def _beaten(self, one: int) -> BoolArray:
        accuracy, cost = self.accuracy[:, [one]], self.cost[:, [one]]
        as_good = (self.accuracy >= accuracy - 1e-12) & (self.cost <= cost)
        better = (self.accuracy > accuracy + 1e-12) | (self.cost < cost)
        return np.asarray((as_good & better).any(axis=1))


def draw_plane(candidates: Sequence[PlaneData], *, draws: int = DRAWS, seed: int = SEED) -> PlaneDraws:
    """Draw problems, seeds and costs together.

    Args:
        candidates: all on the same problems.
        draws: how many.
        seed: of the draws: the same data always give the same shares.

    Raises:
        ValueError: there is no candidate or no problem, or the candidates differ in their problems.
    """
    sizes = {each.scores.shape[1] for each in candidates}
    if len(sizes) != 1 or not next(iter(sizes)):
        raise ValueError(f"candidates are drawn on the same problems, of which there is at least one: {sorted(sizes)}")
    problems = sizes.pop()
    generator = np.random.default_rng(seed)
    weights = generator.multinomial(problems, np.full(problems, 1.0 / problems), size=draws) / problems
    drawn = [_draw(each, weights, generator) for each in candidates]
    return PlaneDraws(
        np.stack([accuracy for accuracy, _ in drawn], axis=1), np.stack([cost for _, cost in drawn], axis=1)
    )


def _draw(
    data: PlaneData, weights: npt.NDArray[np.float64], generator: np.random.Generator
) -> tuple[FloatArray, FloatArray]:
    seeds, draws = len(data.costs), len(weights)
    by_seed = weights @ data.scores.T
    if seeds == 1:
        noise = np.exp(data.cost_spread * generator.standard_normal(draws))
        return by_seed[:, 0], data.costs[0] * noise
    chosen = generator.integers(seeds, size=(draws, seeds))
    wider = (seeds / (seeds - 1)) ** 0.5
    means, costs = by_seed.mean(axis=1), data.costs.mean()
    accuracy = means + wider * (np.take_along_axis(by_seed, chosen, axis=1).mean(axis=1) - means)
    cost = costs + wider * (data.costs[chosen].mean(axis=1) - costs)
    return np.clip(accuracy, 0.0, 1.0), np.maximum(cost, 0.0)
