"""Simulate the recipe search: is its choice unbiased on held-out problems, and how often is it the best recipe?

    python benchmarks/pilot.py --studies 2000 --seed 1

A world has recipes with a true gain each (nats per token, at the whole dose), of which a rung at a share of the dose
sees a part that differs between recipes: some learn slower. How far a recipe moves from the base model has nothing to
do with its gain. Problems differ in how often the base model solves them, and in what tuning does to them: a part of
that is common to all recipes, a part is each recipe's own. A gain moves the log-odds of solving a problem. Samples are
drawn, and pass@1 is compared by :func:`passgap.estimates.paired_delta`; gains are taken on the problems of which the
base model drew a right sample. :func:`passgap.decisions.recipe_search.judge_rung` judges, the very code of ``passgap
pilot``, with pass@1 as a veto. The budget is counted in whole recipes: one that is trained to the end and measured on
all problems costs 1. Random search spends the same budget on recipes drawn at random, each measured whole.

Printed for each world, as a mean over studies and its Monte Carlo standard error:

- optimism: the winner's figure less its true value, of its gain and of the change of its pass@1, on development
  problems and on fresh, held-out ones: the first is above 0, the second is 0 within its Monte Carlo error;
- covered: how often the 95 % interval of the change of pass@1 on held-out problems holds the true value;
- vetoed: how many of the recipes whose pass@1 truly does not fall are excluded for it at some rung, of all;
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
from scipy.special import expit, logit
from scipy.stats import beta, norm

from passgap.decisions.recipe_search import Fate, JudgedTrial, SearchLimits, Trial, judge_rung, survivors
from passgap.estimates import Counts, paired_delta
from passgap.estimates.tempered import TemperedGain, mean_difference
from passgap.records import Estimate
from passgap.spec.pilot import PilotSection, RecipeSection

NEAR = 0.01
"""Nats per token below the best recipe that count as near it."""

LEVEL = 0.95

SOLVING = (0.25, 1.2)
"""Parameters of the beta distribution of the base model's pass rates: a mean of 0.17, many problems near 0."""

LOG_ODDS = 5.0
"""Log-odds of solving a problem by which a gain of one nat per token moves it."""

HELDOUT, BASE_SAMPLES, SAMPLES = 200, 16, 8
"""Held-out problems, and the samples of base and tuned model of each."""

_RATES = beta.ppf((np.arange(400) + 0.5) / 400, *SOLVING)
_LUCK = norm.ppf((np.arange(100) + 0.5) / 100)


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
    """Standard deviation of a recipe's gain between problems that is its own."""

    def change(self, gain: float) -> float:
        """The true change of pass@1 by a gain, over all problems there could be."""
        luck = math.hypot(self.problems, self.own) * _LUCK
        return float((expit(logit(_RATES)[:, None] + LOG_ODDS * (gain + luck)) - _RATES[:, None]).mean())


WORLDS = (
    World("usual", spread=0.04, slowness=0.05, problems=0.10, own=0.05),
    World("noisy", spread=0.04, slowness=0.05, problems=0.20, own=0.15),
    World("slow learners", spread=0.04, slowness=0.30, problems=0.10, own=0.05),
    World("all alike", spread=0.0, slowness=0.05, problems=0.10, own=0.05),
)


@dataclass(frozen=True)
class Found:
    """The result of one study."""

    development: float
    """The winner's measured gain, less its true one."""
    heldout: float
    """The same on fresh problems."""
    development_pass: float
    """The winner's measured change of pass@1, less its true one."""
    heldout_pass: float
    """The same on fresh problems."""
    covered: float
    """1 where the interval of the latter holds the true value, else 0."""
    true: float
    best: float
    random: float
    """The true gain of the recipe that random search chooses at the same budget."""
    vetoed: float
    """The share of recipes that were excluded although their pass@1 does not fall."""


class Problems:
    """Problems, with the base model's pass rates and samples, and with what tuning does to each of them."""

    def __init__(self, world: World, count: int, recipes: int, samples: int, random: np.random.Generator) -> None:
        self._random = random
        self._rates = random.beta(*SOLVING, count)
        self._luck = random.normal(0.0, world.problems, count) + random.normal(0.0, world.own, (recipes, count))
        self.base = self._counts(random.binomial(samples, self._rates), samples)
        self._right = np.flatnonzero(self.base.correct)

    def trial(self, recipe: int, gain: float, apart: float, rung: tuple[int, int, int]) -> Trial:
        """A recipe as it is measured, as far as it has learned.

        Args:
            recipe: its place.
            gain: in nats per token.
            apart: from the base model, in nats per token.
            rung: its number, the problems that are sampled, and the samples of each.
        """
        number, problems, samples = rung
        scores = {f"{place:03d}": float(gain + self._luck[recipe, place]) for place in self._right}
        found = mean_difference(dict.fromkeys(scores, 0.0), scores, level=LEVEL)
        rates = expit(logit(self._rates) + LOG_ODDS * (gain + self._luck[recipe]))[:problems]
        tuned = self._counts(self._random.binomial(samples, rates), samples)
        return Trial(
            recipe=recipe + 1,
            rung=number,
            gain=TemperedGain(gain=found, base_temperature=1.0, temperature=1.0, as_it_is=found),
            scores=scores,
            divergence=Estimate(
                value=apart, low=0.0, high=1.0, level=LEVEL, n=32, m=1, method="simulated", unit="nats"
            ),
            pass_at_1=paired_delta(self.base.select(tuned.ids), tuned, 1, level=LEVEL).delta,
        )

    @staticmethod
    def _counts(correct: np.ndarray, samples: int) -> Counts:
        n = len(correct)
        return Counts(
            ids=tuple(f"{place:03d}" for place in range(n)),
            difficulties=("unspecified",) * n,
            samples=np.full(n, samples),
            correct=correct,
            unscored=np.zeros(n, dtype=np.int64),
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


def one_study(world: World, recipes: int, random: np.random.Generator) -> Found | None:
    """Search once, by the code of ``passgap pilot``, and once at random with the same budget.

    Returns None where no recipe is chosen.
    """
    search = search_of(recipes)
    limits = SearchLimits(largest_kl=search.largest_kl, ties=search.ties)
    true = random.normal(0.0, world.spread, recipes)
    half, apart = np.clip(random.normal(0.6, world.slowness, recipes), 0.0, 1.2), random.uniform(0.02, 0.4, recipes)
    development = Problems(world, search.problems, recipes, search.base_samples, random)

    def measured(recipe: int, place: int) -> Trial:
        rung = search.rungs[place]
        part = rung.dose ** math.log(max(half[recipe], 1e-3), 0.5)  # half at half the dose, all at the whole
        return development.trial(recipe, true[recipe] * part, apart[recipe], (place + 1, rung.problems, rung.samples))

    going: Sequence[int] = range(recipes)
    widths, last, vetoed = search.widths(recipes), len(search.rungs) - 1, 0
    judged: tuple[JudgedTrial, ...] = ()
    for place in range(last + 1):
        judged = judge_rung(
            [measured(recipe, place) for recipe in going], limits, None if place == last else widths[place + 1]
        )
        worse = [each.trial.recipe - 1 for each in judged if each.fate is Fate.WORSE]
        vetoed += sum(world.change(true[recipe]) >= 0.0 for recipe in worse)
        going = [recipe - 1 for recipe in survivors(judged)]
    won = next((each.trial for each in judged if each.fate is Fate.CHOSEN), None)
    if won is None:
        return None
    chosen = won.recipe - 1
    drawn = random.permutation(recipes)[: max(1, round(cost_of(search, recipes)))]
    by_chance = max(drawn, key=lambda recipe: _gain(measured(recipe, last)))
    heldout = Problems(world, HELDOUT, recipes, BASE_SAMPLES, random).trial(
        chosen, true[chosen], apart[chosen], (0, HELDOUT, SAMPLES)
    )
    change = world.change(true[chosen])
    assert isinstance(won.pass_at_1, Estimate) and isinstance(heldout.pass_at_1, Estimate)
    return Found(
        development=_gain(won) - true[chosen],
        heldout=_gain(heldout) - true[chosen],
        development_pass=won.pass_at_1.value - change,
        heldout_pass=heldout.pass_at_1.value - change,
        covered=float(heldout.pass_at_1.low <= change <= heldout.pass_at_1.high),
        true=float(true[chosen]),
        best=float(true.max()),
        random=float(true[by_chance]),
        vetoed=vetoed / recipes,
    )


def _gain(trial: Trial) -> float:
    assert trial.gain is not None and isinstance(trial.gain.gain, Estimate)
    return trial.gain.gain.value


def simulate(world: World, studies: int, seed: int, recipes: int = 8) -> dict[str, float]:
    """Figures of many studies, with the Monte Carlo standard error of each mean under ``..._se``."""
    random = np.random.default_rng([seed, WORLDS.index(world)])
    every = [one_study(world, recipes, random) for _ in range(studies)]
    found = [each for each in every if each is not None]

    def mean(name: str, values: Sequence[float]) -> dict[str, float]:
        return {name: float(np.mean(values)), f"{name}_se": float(np.std(values, ddof=1) / math.sqrt(len(values)))}

    return {
        "budget": cost_of(search_of(recipes), recipes),
        **mean("chosen", [float(each is not None) for each in every]),
        **mean("development_optimism", [each.development for each in found]),
        **mean("heldout_optimism", [each.heldout for each in found]),
        **mean("development_pass_optimism", [each.development_pass for each in found]),
        **mean("heldout_pass_optimism", [each.heldout_pass for each in found]),
        **mean("covered", [each.covered for each in found]),
        **mean("vetoed", [each.vetoed for each in found]),
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
                print(f"  {figure:26} {value:+.4f} +- {figures[f'{figure}_se']:.4f}")


if __name__ == "__main__":
    main()
