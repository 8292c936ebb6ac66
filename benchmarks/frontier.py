"""Claim: a model that is the base model at another temperature is called "more than a cooler model" in at most 2.5 %.

    python benchmarks/frontier.py                        # every world, 1,000 studies each
    python benchmarks/frontier.py --studies 200 --problems 100 --samples 16

A problem is a set of answers with log-weights; a temperature divides these. Some answers are right. Beside them stands
a tail of junk that only hot decoding reaches, so that both pass@1 and pass@k fall where decoding is too hot. How a
problem's pass rate answers to temperature therefore varies from rising over flat to falling. An arm divides the
log-weights by a factor (the same model, cooler or hotter); or it raises those of right answers as well (it has learned
something); or it has forgotten answers at random. Every arm is swept over the temperatures of the base model.

Shares of studies are printed: "more" (more than a cooler model) and "cooler" (a cooler model); the others are
unresolved. With them: the true distance between the frontiers in percentage points, computed from the exact
probabilities of 20,000 problems; the mean of its estimates; how many intervals hold it, and how many lie above it.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from passgap.decisions.frontier import Standing, standing_of
from passgap.estimates.frontier import SweptPoint, draw_curves, estimate_distance, mean_distance
from passgap.estimates.scores import pass_at_k
from passgap.records import Estimate

TEMPERATURES = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0, 1.2)
ANSWERS = 24
TAIL = 9.0
"""The logarithm of the number of answers in the tail."""
MARGIN = 0.02
LEVEL = 0.95
POPULATION = 20_000


@dataclass(frozen=True)
class Model:
    """A model on a set of problems: what it answers at each temperature."""

    logits: np.ndarray
    """Log-weights of the answers, shape (problems, answers)."""
    right: np.ndarray
    """Which of them pass."""
    junk: np.ndarray
    """Log-weight of each of the many answers of the tail, shape (problems,)."""
    factor: float = 1.0
    """Temperatures are multiplied by it."""

    def probabilities(self, temperature: float) -> np.ndarray:
        """Of each answer and, last, of the tail."""
        if temperature == 0.0:
            return np.eye(ANSWERS + 1)[self.logits.argmax(axis=1)]
        at = temperature * self.factor
        weights = np.concatenate([self.logits / at, self.junk[:, None] / at + TAIL], axis=1)
        weights = np.exp(weights - weights.max(axis=1, keepdims=True))
        return weights / weights.sum(axis=1, keepdims=True)


def draw_base(problems: int, rng: np.random.Generator, hard: float = 2.5) -> Model:
    """Shares of right answers are spread like a beta distribution: many problems at 0, few near 1."""
    logits = rng.normal(0.0, rng.gamma(4.0, 0.3, problems)[:, None], (problems, ANSWERS))
    right = rng.random((problems, ANSWERS)) < rng.beta(0.35, hard, problems)[:, None]
    logits = logits + right * rng.normal(0.4, 0.7, problems)[:, None]
    return Model(logits, right, logits.max(axis=1) - rng.uniform(8.0, 12.0, problems))


Change = Callable[[Model, np.random.Generator], Model]


def cooled(factor: float) -> Change:
    """The very same model at another temperature."""
    return lambda base, _: replace(base, factor=factor)


def learned(gain: float, factor: float = 0.7) -> Change:
    """Right answers gained weight, on some problems more than on others, and the model is cooler as well."""

    def change(base: Model, rng: np.random.Generator) -> Model:
        gains = gain * rng.gamma(1.0, 1.0, len(base.junk))
        return replace(base, logits=base.logits + base.right * gains[:, None], factor=factor)

    return change


def forgot(share: float, factor: float = 0.7) -> Change:
    """Answers were forgotten, right ones and wrong ones alike, and the model is cooler as well."""

    def change(base: Model, rng: np.random.Generator) -> Model:
        gone = rng.random(base.logits.shape) < share
        return replace(base, logits=np.where(gone, base.logits - 6.0, base.logits), factor=factor)

    return change


WORLDS: dict[str, Change] = {
    "the same": cooled(1.0),
    "cooler (x 0.8)": cooled(0.8),
    "cooler (x 0.5)": cooled(0.5),
    "hotter (x 1.4)": cooled(1.4),
    "learned a little": learned(0.15),
    "learned": learned(0.3),
    "learned much": learned(0.5),
    "forgot": forgot(0.3),
}
NULL = ("the same", "cooler (x 0.8)", "cooler (x 0.5)", "hotter (x 1.4)")
MATCHINGS = ("pass@k", "diversity")


def exact_points(model: Model, k: int, matching: str, temperatures: Sequence[float]) -> list[SweptPoint]:
    points = []
    for temperature in temperatures:
        chances = model.probabilities(temperature)
        single = (chances[:, :-1] * model.right).sum(axis=1)
        wide = 1.0 - (1.0 - single) ** k if matching == "pass@k" else 1.0 - (chances[:, :-1] ** 2).sum(axis=1)
        points.append(SweptPoint(temperature, (0, 1.0), single, wide))
    return points


def sampled_points(
    model: Model, k: int, matching: str, samples: int, rng: np.random.Generator, temperatures: Sequence[float]
) -> list[SweptPoint]:
    """The measurements of a study: greedy decoding takes one sample, whose repetitions would be the same."""
    points = []
    for temperature in temperatures:
        drawn = rng.multinomial(samples, model.probabilities(temperature))
        correct = (drawn[:, :-1] * model.right).sum(axis=1)
        single = correct / samples
        if temperature == 0.0:
            wide = single if matching == "pass@k" else np.zeros_like(single)
        elif matching == "pass@k":
            wide = pass_at_k(np.full(len(correct), samples), correct, k)
        else:
            alike = (drawn[:, :-1] * (drawn[:, :-1] - 1)).sum(axis=1)
            wide = 1.0 - alike / (samples * (samples - 1))
        points.append(SweptPoint(temperature, (0, 1.0), single, wide))
    return points


def true_distance(change: Change, k: int, matching: str, hard: float) -> float:
    """From exact probabilities of many problems, with many temperatures, so that nothing is interpolated."""
    rng = np.random.default_rng(1)
    base = draw_base(POPULATION, rng, hard)
    dense = np.linspace(0.0, max(TEMPERATURES), 49)
    weights = np.full((1, POPULATION), 1.0 / POPULATION)
    curves = [draw_curves(exact_points(each, k, matching, dense), weights) for each in (change(base, rng), base)]
    return float(mean_distance(*curves)[0])


@dataclass(frozen=True)
class Found:
    """The shares of studies with each answer, and how good the intervals are."""

    more: float
    cooler: float
    covered: float
    below: float
    """Share of intervals that lie above the truth."""
    mean: float


def simulate(
    change: Change,
    *,
    studies: int,
    problems: int,
    samples: int,
    k: int,
    matching: str = "pass@k",
    hard: float = 2.5,
    seed: int = 0,
    draws: int = 500,
    truth: float | None = None,
    temperatures: Sequence[float] = TEMPERATURES,
    margin: float = MARGIN,
) -> Found:
    """Carry out so many studies, each on problems of its own."""
    true = true_distance(change, k, matching, hard) if truth is None else truth
    answers = []
    for number in range(studies):
        rng = np.random.default_rng([seed, number])
        base = draw_base(problems, rng, hard)
        arm = change(base, rng)
        swept = [sampled_points(each, k, matching, samples, rng, temperatures) for each in (arm, base)]
        found = estimate_distance(*swept, m=samples, level=LEVEL, draws=draws, seed=number)
        assert isinstance(found, Estimate)
        standing = standing_of(found, margin)
        more, cooler = (standing is each for each in (Standing.MORE, Standing.COOLER))
        answers.append((more, cooler, found.low <= true <= found.high, found.low > true, found.value))
    return Found(*(float(column) for column in np.mean(np.array(answers, dtype=float), axis=0)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--studies", type=int, default=1000)
    parser.add_argument("--problems", type=int, nargs="*", default=[100, 200])
    parser.add_argument("--samples", type=int, nargs="*", default=[8, 16])
    parser.add_argument("--k", type=int, default=8)
    parser.add_argument("--worlds", nargs="*", choices=list(WORLDS), default=list(WORLDS))
    parser.add_argument("--matching", nargs="*", choices=MATCHINGS, default=list(MATCHINGS))
    asked = parser.parse_args()
    print("world              matched at  problems samples   true   mean   more  cooler covered above")
    for matching in asked.matching:
        for name in asked.worlds:
            true = true_distance(WORLDS[name], asked.k, matching, 2.5)
            for problems in asked.problems:
                for samples in asked.samples:
                    found = simulate(
                        WORLDS[name],
                        studies=asked.studies,
                        problems=problems,
                        samples=samples,
                        k=asked.k,
                        matching=matching,
                        truth=true,
                    )
                    print(
                        f"{name:18} {matching:11} {problems:8} {samples:7} {100 * true:6.2f} {100 * found.mean:6.2f} "
                        f"{100 * found.more:5.1f}% {100 * found.cooler:5.1f}% {100 * found.covered:6.1f}% "
                        f"{100 * found.below:4.1f}%",
                        flush=True,
                    )


if __name__ == "__main__":
    main()
