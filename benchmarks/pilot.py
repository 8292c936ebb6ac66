"""Simulate the recipe search: is its choice unbiased on held-out problems, and how often is it the best recipe?

    python benchmarks/pilot.py --studies 2000 --seed 1

A world has recipes with a true gain each (nats per token, at the whole dose), of which a rung at a share of the dose
sees a part that differs between recipes: some learn slower. How far a recipe moves from the base model has nothing to
do with its gain. Development problems vary, recipes vary with them, and a
finite number of right samples adds noise. Measured gains are judged by :func:`passgap.decisions.recipe_search
.judge_rung`, the very code of ``passgap pilot``. The budget is counted in whole recipes: one that is trained to the end
and measured on all problems costs 1. Random search spends the same budget on recipes drawn at random, each measured
whole.

Printed for each world:

- optimism: the winner's development figure minus its true value, and the same of its held-out figure (an independent
  draw of problems): the first is above 0, the second is 0 within its Monte Carlo error;
- best, near: how often the chosen recipe is the best one, or within ``NEAR`` of it; regret: how much worse it is on
  average; for the search and for random search at the same budget.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from passgap.decisions.recipe_search import Fate, SearchLimits, Trial, judge_rung, survivors
from passgap.estimates.tempered import TemperedGain, mean_difference
from passgap.records import Estimate
from passgap.spec.pilot import PilotSection, RecipeSection

NEAR = 0.01
"""Nats per token below the best recipe that count as near it."""

LEVEL = 0.95


@dataclass(frozen=True)
class World:
    """How gains are spread and measured, in nats per token."""

    name: str
    spread: float
    """Standard deviation of true gains between recipes."""
    slowness: float
    """Standard deviation, between recipes, of the share of the gain that half of the dose gives."""
    problems: float
    """Standard deviation of a recipe's gain between problems that is common to all recipes."""
    own: float
    """Standard deviation of a recipe's gain between problems that is its own, sampling noise included."""
    texts: int = 24
    """Development problems with a right sample."""


WORLDS = (
    World("usual", spread=0.04, slowness=0.05, problems=0.10, own=0.05),
    World("noisy", spread=0.04, slowness=0.05, problems=0.20, own=0.15),
    World("slow learners", spread=0.04, slowness=0.30, problems=0.10, own=0.05),
    World("all alike", spread=0.0, slowness=0.05, problems=0.10, own=0.05),
)


@dataclass(frozen=True)
class Found:
    """The result of one study."""

    chosen: int
    development: float
    """The winner's measured gain."""
    heldout: float
    """Its measured gain on fresh problems."""
    true: float
    best: float
    random: float
    """The true gain of the recipe that random search chooses at the same budget."""


class Measured:
    """One study's world: true gains, and what is measured of them."""

    def __init__(self, world: World, recipes: int, random: np.random.Generator) -> None:
        self._world, self._random = world, random
        self.true = random.normal(0.0, world.spread, recipes)
        self._half = np.clip(random.normal(0.6, world.slowness, recipes), 0.0, 1.2)
        self._apart = random.uniform(0.02, 0.4, recipes)
        self._common = random.normal(0.0, world.problems, world.texts)
        self._own = random.normal(0.0, world.own, (recipes, world.texts))

    def trial(self, recipe: int, rung: int, dose: float) -> Trial:
        """A recipe at a rung: its gain after this dose, on the development problems."""
        part = dose ** math.log(max(self._half[recipe], 1e-3), 0.5)  # half at half the dose, all at the whole
        return self._trial(recipe, rung, self.true[recipe] * part, self._common + self._own[recipe])

    def heldout(self, recipe: int) -> float:
        """The whole recipe's gain on fresh problems."""
        world = self._world
        noise = self._random.normal(0.0, math.hypot(world.problems, world.own), world.texts)
        return float(self.true[recipe] + noise.mean())

    def _trial(self, recipe: int, rung: int, mean: float, noise: np.ndarray) -> Trial:
        scores = {f"{place:03d}": float(mean + each) for place, each in enumerate(noise)}
        gain = mean_difference(dict.fromkeys(scores, 0.0), scores, level=LEVEL)
        apart = Estimate(
            value=self._apart[recipe], low=0.0, high=1.0, level=LEVEL, n=32, m=1, method="simulated", unit="nats"
        )
        return Trial(
            recipe=recipe + 1,
            rung=rung,
            gain=TemperedGain(gain=gain, base_temperature=1.0, temperature=1.0, as_it_is=gain),
            scores=scores,
            divergence=apart,
        )


def search_of(recipes: int) -> PilotSection:
    """The default search on so many recipes."""
    return PilotSection(recipes=tuple(RecipeSection(learning_rate=1e-6 * (each + 1)) for each in range(recipes)))


def cost_of(search: PilotSection, recipes: int) -> float:
    """The cost of a search in whole recipes: updates and samples count half each."""
    widths, total, before = search.widths(recipes), 0.0, 0.0
    last = search.rungs[-1].problems * search.rungs[-1].samples
    for rung, width in zip(search.rungs, widths, strict=True):
        total += width * (0.5 * (rung.dose - before) + 0.5 * rung.problems * rung.samples / last)
        before = rung.dose
    return total


def one_study(world: World, recipes: int, random: np.random.Generator) -> Found:
    """Search once, by the code of ``passgap pilot``, and once at random with the same budget."""
    search = search_of(recipes)
    limits = SearchLimits(largest_kl=search.largest_kl, ties=search.ties)
    study = Measured(world, recipes, random)
    going: Sequence[int] = range(recipes)
    widths = search.widths(recipes)
    for place, rung in enumerate(search.rungs):
        last = place == len(widths) - 1
        trials = [study.trial(recipe, place + 1, rung.dose) for recipe in going]
        judged = judge_rung(trials, limits, None if last else widths[place + 1])
        going = [recipe - 1 for recipe in survivors(judged)]
    [won] = [each.trial for each in judged if each.fate is Fate.CHOSEN]
    chosen = won.recipe - 1
    drawn = random.permutation(recipes)[: max(1, round(cost_of(search, recipes)))]
    by_chance = max(drawn, key=lambda recipe: np.mean(list(study.trial(recipe, 1, 1.0).scores.values())))
    assert won.gain is not None
    assert isinstance(won.gain.gain, Estimate)
    return Found(
        chosen=chosen,
        development=won.gain.gain.value,
        heldout=study.heldout(chosen),
        true=float(study.true[chosen]),
        best=float(study.true.max()),
        random=float(study.true[by_chance]),
    )


def simulate(world: World, studies: int, seed: int, recipes: int = 8) -> dict[str, float]:
    """Figures of many studies, with the Monte Carlo standard error of each mean under ``..._se``."""
    random = np.random.default_rng([seed, WORLDS.index(world)])
    found = [one_study(world, recipes, random) for _ in range(studies)]

    def mean(name: str, values: Sequence[float]) -> dict[str, float]:
        return {name: float(np.mean(values)), f"{name}_se": float(np.std(values, ddof=1) / math.sqrt(len(values)))}

    return {
        "budget": cost_of(search_of(recipes), recipes),
        **mean("development_optimism", [each.development - each.true for each in found]),
        **mean("heldout_optimism", [each.heldout - each.true for each in found]),
        **mean("best", [float(each.true == each.best) for each in found]),
        **mean("near", [float(each.best - each.true <= NEAR) for each in found]),
        **mean("regret", [each.best - each.true for each in found]),
        **mean("random_best", [float(each.random == each.best) for each in found]),
        **mean("random_near", [float(each.best - each.random <= NEAR) for each in found]),
        **mean("random_regret", [each.best - each.random for each in found]),
    }


def main() -> None:
    """Print the figures of every world."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--studies", type=int, default=2000)
    parser.add_argument("--recipes", type=int, default=8)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    results = {world.name: simulate(world, asked.studies, asked.seed, asked.recipes) for world in WORLDS}
    if asked.json:
        print(json.dumps(results, indent=2))
        return
    for name, figures in results.items():
        print(
            f"{name} ({asked.studies} studies, {asked.recipes} recipes, budget {figures['budget']:.2f} whole recipes)"
        )
        for figure, value in figures.items():
            if figure != "budget" and not figure.endswith("_se"):
                print(f"  {figure:22} {value:+.4f} +- {figures[f'{figure}_se']:.4f}")


if __name__ == "__main__":
    main()
