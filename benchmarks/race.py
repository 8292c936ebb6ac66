"""Claim: a race stops the best arm in at most the declared share of races, and saves device-hours.

    python benchmarks/race.py                       # every world, 2,000 races each, seed 0; about a minute
    python benchmarks/race.py --races 500 --problems 100 --samples 4 --batch 20 --error 0.05

Four arms are measured on development problems, batch by batch, as `race:` in a study does it. A problem has a pass
rate, drawn from a mixture of never (30 %), always (10 %) and Beta(0.6, 1.0). An arm has this rate on most problems;
on a third of them it has another one: moved by its own lift on the logit scale, plus noise. Worlds differ in the
lifts.

Printed for every world: the share of races in which the best arm was stopped ("best stopped", by construction at most
`--error`; where all are equal, the first arm is called the best), the share of races that end with one arm, the share
of stopped arms, the device-hours saved, and the stated probability that a stopped arm would have won, as its mean
over stopped arms beside the share that had in fact won after all problems (which the simulation goes on to measure).

Device-hours are counted as a study pays them, in units of one sample of one problem: a stopped arm is not measured on
the rest of the development problems, nor on 200 held-out problems with 16 samples, nor carried out with two further
seeds, each of which takes a fine-tune worth 4,000 samples and the held-out problems again. "saved" is the share of
what the same arms take without a race, for which no development problem is measured.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from passgap.estimates.race import chance_of_winning, leader_of, stopped_at_look

WORLDS: dict[str, tuple[float, ...]] = {
    "all equal": (0.0, 0.0, 0.0, 0.0),
    "one better by a little": (0.6, 0.0, 0.0, 0.0),
    "one better by much": (2.0, 0.0, 0.0, 0.0),
    "a staircase": (1.5, 1.0, 0.5, 0.0),
    "one much worse": (0.0, 0.0, 0.0, -2.0),
}
"""The lift of each arm on the logit scale; the first is the best."""

HELDOUT, FINE_TUNE, SEEDS = 200 * 16, 4_000, 3


@dataclass
class Tally:
    """The outcomes of the races of one world."""

    best_stopped: int = 0
    decided: int = 0
    stopped: int = 0
    saved: list[float] = field(default_factory=list)
    stated: list[float] = field(default_factory=list)
    won: list[bool] = field(default_factory=list)


def scores_of(
    lifts: Sequence[float], problems: int, samples: int, random: np.random.Generator
) -> dict[str, np.ndarray]:
    """The share of passing samples of every arm on every problem."""
    kind = random.random(problems)
    rate = np.where(kind < 0.3, 0.0, np.where(kind < 0.4, 1.0, random.beta(0.6, 1.0, problems)))
    found = {}
    for number, lift in enumerate(lifts):
        moves = (random.random(problems) < 1 / 3) & (rate > 0.0) & (rate < 1.0)
        clipped = np.clip(rate, 1e-6, 1 - 1e-6)
        moved = 1 / (1 + np.exp(-(np.log(clipped / (1 - clipped)) + lift + random.normal(0.0, 1.0, problems))))
        found[f"arm {number}"] = random.binomial(samples, np.where(moves, moved, rate)) / samples
    return found


def race(scores: dict[str, np.ndarray], problems: int, batch: int, error: float) -> dict[str, int]:
    """How many problems each arm was measured on."""
    running, measured = list(scores), dict.fromkeys(scores, 0)
    for end in [*range(batch, problems, batch), problems]:
        measured |= dict.fromkeys(running, end)
        so_far = {name: scores[name][: measured[name]] for name in scores}
        lost = stopped_at_look(running, so_far, error)
        running = [name for name in running if name not in lost]
        if len(running) == 1:
            break
    return measured | {"running": len(running), **{f"stopped {name}": 1 for name in scores if name not in running}}


def tally(lifts: Sequence[float], options: argparse.Namespace, random: np.random.Generator) -> Tally:
    found = Tally()
    final = SEEDS * HELDOUT + (SEEDS - 1) * FINE_TUNE
    whole = len(lifts) * (FINE_TUNE + final)
    for number in range(options.races):
        scores = scores_of(lifts, options.problems, options.samples, random)
        ended = race(scores, options.problems, options.batch, options.error)
        lost = [name for name in scores if f"stopped {name}" in ended]
        running = [name for name in scores if name not in lost]
        found.best_stopped += "arm 0" in lost
        found.decided += len(running) == 1
        found.stopped += len(lost)
        raced = sum(ended[name] for name in scores) * options.samples
        found.saved.append(1.0 - (len(lifts) * FINE_TUNE + raced + len(running) * final) / whole)
        winner = leader_of(running, {name: scores[name][: ended[name]] for name in running})
        for name in lost:
            seen = scores[name][: ended[name]]
            found.stated.append(chance_of_winning(seen, scores[winner], options.problems, seed=number))
            found.won.append(bool(scores[name].sum() > scores[winner].sum() + 1e-9))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--races", type=int, default=2_000)
    parser.add_argument("--problems", type=int, default=200)
    parser.add_argument("--samples", type=int, default=4)
    parser.add_argument("--batch", type=int, default=20)
    parser.add_argument("--error", type=float, default=0.05)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    print(f"{'world':26}{'best stopped':>14}{'one left':>10}{'stopped':>9}{'saved':>8}{'stated':>9}{'won':>7}   %")
    for name, lifts in WORLDS.items():
        found = tally(lifts, options, np.random.default_rng(options.seed))
        shares = (
            found.best_stopped / options.races,
            found.decided / options.races,
            found.stopped / options.races / len(lifts),
            float(np.mean(found.saved)),
            float(np.mean(found.stated or [0.0])),
            float(np.mean(found.won or [0.0])),
        )
        print(
            f"{name:26}"
            + "".join(f"{100 * each:>{width}.1f}" for each, width in zip(shares, (14, 10, 9, 8, 9, 7), strict=True))
        )


if __name__ == "__main__":
    main()
