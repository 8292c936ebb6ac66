"""The price of a search, at most, and how many of its recipes fit into the budget.

What is priced is an upper bound: at every rung, the dearest recipes go on. The budget's parts have to hold the verdict
and the arm itself besides. What does not fit is cut by one rule: before the search, the last recipes of the list;
between two rungs, those of the lowest gain.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from passgap.arms import BASE, Work, arm_of
from passgap.decisions.recipe_search import TriedRecipe
from passgap.decisions.study_plan import PlannedStep, Price, Throughput
from passgap.spec import StudySpec
from passgap.spec.budget import Part
from passgap.spec.pilot import FEWEST_RECIPES, PilotSection, with_settings
from passgap.store import StudyFolder
from passgap.study.battery import Asked
from passgap.study.budget import evaluation_work, probing, remaining_hours, spent_hours
from passgap.study.cost_model import basis_of_training, price_of, price_of_answers, price_of_work
from passgap.study.pilot.declared import tried_recipes
from passgap.study.repetitions import repetitions_of
from passgap.tasks.splits import Splits

KL_PROBLEMS = 32
"""Development problems on one sample of which the divergence from the base model is taken."""

Prices = dict[Part, Price]

_FREE = Price(samples=0, tokens=0, hours=0.0, money=0.0)


@dataclass(frozen=True)
class SearchPrices:
    """The price of a search, by part of the budget."""

    spec: StudySpec
    splits: Splits
    throughput: Throughput
    folder: StudyFolder
    asked: Mapping[str, Asked]
    """The answers that a model gives to the battery's prompts, by the names of their artifacts after the model's."""

    @property
    def _search(self) -> PilotSection:
        assert self.spec.pilot is not None
        return self.spec.pilot

    def _section(self, recipe: TriedRecipe) -> Any:
        return with_settings(self.spec.arms[self._search.arm], recipe.settings)

    def _works(self, recipe: TriedRecipe) -> tuple[Work, ...]:
        heldout, pool = len(self.splits.heldout.problems), len(self.splits.pool.problems)
        return arm_of(self._search.arm).work(self._section(recipe), self.spec, heldout, pool)

    def total(self, recipes: Sequence[TriedRecipe]) -> Prices:
        """The whole search, at most."""
        prices = _sum([self._base(), self._pool(recipes)])
        for rung, width in enumerate(self._search.widths(len(recipes))):
            each = sorted((self.rung(recipe, rung) for recipe in recipes), key=hours_of, reverse=True)
            prices = _sum([prices, *each[:width]])
        return prices

    def several(self, recipes: Sequence[TriedRecipe], place: int) -> Prices:
        """These recipes at one rung."""
        return _sum(self.rung(recipe, place) for recipe in recipes)

    def rung(self, recipe: TriedRecipe, place: int) -> Prices:
        """One recipe at one rung: its further updates, and measuring its model."""
        rung, before = self._search.rungs[place], self._search.rungs[place - 1].dose if place else 0.0
        trained = (
            self._of(work).share(rung.dose - before) for work in self._works(recipe) if work.part is Part.TRAINING
        )
        return {
            Part.TRAINING: sum(trained, _FREE),
            Part.EVALUATION: self._priced(rung.problems * rung.samples, run=True)
            + price_of_answers(self.asked, self.throughput, self.spec)
            + self._priced(self._texts + 2 * KL_PROBLEMS),
        }

    @property
    def _texts(self) -> int:
        """Right samples on which the likelihood is taken, at most. Each is taken to cost as much as drawing it."""
        return self._search.problems * self._search.texts

    def fits(self, prices: Prices, going: Iterable[TriedRecipe], spent: float = 0.0) -> bool:
        """Whether so much fits into what is left beside the verdict and the arm, and into the search's own hours."""
        spent_so_far, reserved = spent_hours(self.folder), self._reserved(going)
        own = self._search.hours
        return (own is None or spent + hours_of(prices) <= own) and all(
            price.hours + reserved[part] <= getattr(self.spec.budget.hours, part.value) - spent_so_far[part]
            for part, price in prices.items()
            if price.hours > 0.0
        )

    def affordable(self, recipes: Sequence[TriedRecipe]) -> int | None:
        """How many of the recipes, from the first, can be begun; None where two are too many."""
        for count in range(len(recipes), FEWEST_RECIPES - 1, -1):
            if self.fits(self.total(recipes[:count]), recipes[:count]):
                return count
        return None

    def _reserved(self, recipes: Iterable[TriedRecipe]) -> dict[Part, float]:
        """Device-hours of the verdict, as far as they are not spent yet, and of the arm with the dearest recipe."""
        repetitions = repetitions_of(self.spec, self._search.arm)
        problems = len(self.splits.heldout.problems)
        most = dict.fromkeys(Part, 0.0)
        for recipe in recipes:
            hours = dict.fromkeys(Part, 0.0)
            for work in self._works(recipe):
                hours[work.part] += self._of(work).hours * len(repetitions)
            most = {part: max(most[part], hours[part]) for part in Part}
        evaluated = sum(self._priced(problems * each.samples, run=True).hours for each in repetitions)
        answers = price_of_answers(self.asked, self.throughput, self.spec, len(repetitions)).hours
        base = (*evaluation_work(self.spec, problems), *probing(self.asked, BASE))
        index = self.folder.index()
        verdict = sum(remaining_hours(self.spec, work, self.throughput, index) for work in base)
        most[Part.EVALUATION] += evaluated + answers + verdict
        return most

    def _base(self) -> Prices:
        """Sampling the base model on the development problems, and how likely it finds its right samples."""
        search = self._search
        drawn = self._priced(search.problems * search.base_samples, run=True)
        return {Part.EVALUATION: drawn + self._priced(self._texts)}

    def _pool(self, recipes: Iterable[TriedRecipe]) -> Prices:
        """Sampling the pool, once for recipes that sample it alike, and what else is done to its samples."""
        prices = dict.fromkeys(Part, _FREE)
        index, done = self.folder.index(), list[Work]()
        for work in (work for recipe in recipes for work in self._works(recipe)):
            if work.part is not Part.TRAINING and work not in done:
                done.append(work)
                whole, left = self._of(work), remaining_hours(self.spec, work, self.throughput, index)
                prices[work.part] += whole.share(left / whole.hours if whole.hours else 1.0)
        return prices

    def _of(self, work: Work) -> Price:
        return price_of_work(work, self.throughput, self.spec)

    def _priced(self, samples: int, *, run: bool = False, longest: int | None = None) -> Price:
        return price_of(samples, self.throughput, self.spec, run=run, longest=longest)


def search_steps(prices: SearchPrices) -> tuple[tuple[PlannedStep, ...], tuple[str, ...]]:
    """The steps of a declared search for a plan, with what to say of a search that is cut."""
    recipes = tried_recipes(prices.spec)
    search = prices.spec.pilot
    assert search is not None
    begun = prices.affordable(recipes)
    priced = prices.total(recipes[: begun or len(recipes)])
    rungs = " -> ".join(map(str, search.widths(begun or len(recipes))))
    names = {
        Part.SAMPLING: f"sample the pool for the recipes of {search.arm}",
        Part.TRAINING: f"fine-tune {rungs} recipes of {search.arm}, at most",
        Part.EVALUATION: f"measure {rungs} recipes of {search.arm}, at most",
    }
    basis = dict.fromkeys(Part, prices.throughput.source) | {Part.TRAINING: basis_of_training(prices.throughput)}
    steps = tuple(
        PlannedStep(name=names[part], part=part, price=priced[part], basis=basis[part])
        for part in Part
        if priced[part].hours
    )
    if begun is None:
        return steps, (
            f"pilot: not even {FEWEST_RECIPES} recipes fit into the budget beside the verdict and `{search.arm}` "
            f"itself, so that the search would be refused. Raise `budget.hours`, lower the rungs' problems and "
            f"samples, or name cheaper recipes.",
        )
    cut = recipes[begun:]
    told = "; ".join(f"{each.number} ({each.label})" for each in cut)
    said = f"pilot: the budget has place for {begun} of {len(recipes)} recipes; the last of the list are cut: {told}."
    return steps, (said,) if cut else ()


def hours_of(prices: Prices) -> float:
    """Device-hours of all parts together."""
    return sum(price.hours for price in prices.values())


def _sum(every: Iterable[Prices]) -> Prices:
    total = dict.fromkeys(Part, _FREE)
    for prices in every:
        for part, price in prices.items():
            total[part] += price
    return total
