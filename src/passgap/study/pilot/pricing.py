"""The price of a search, at most, and how many of its recipes fit into the budget.

What is priced is an upper bound: at every rung, the dearest recipes go on. The budget's parts have to hold what the
arm itself takes besides. What does not fit is cut by one rule: before the search, the last recipes of the list; between
two rungs, those of the lowest gain.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from passgap.arms import Work, arm_of
from passgap.decisions.recipe_search import TriedRecipe
from passgap.decisions.study_plan import PlannedStep, Price, Throughput
from passgap.spec import StudySpec
from passgap.spec.budget import Part
from passgap.spec.pilot import FEWEST_RECIPES, PilotSection, with_settings
from passgap.store import StudyFolder
from passgap.study.battery import PROBE_TOKENS
from passgap.study.budget import remaining_hours, spent_hours
from passgap.study.cost_model import price_of, training_price
from passgap.study.pilot.declared import tried_recipes
from passgap.study.repetitions import repetitions_of
from passgap.tasks.splits import Splits

KL_PROBLEMS = 32
"""Development problems on one sample of which the divergence from the base model is taken."""

Hours = dict[Part, float]


@dataclass(frozen=True)
class SearchPrices:
    """What a search takes, in device-hours by part."""

    spec: StudySpec
    splits: Splits
    throughput: Throughput
    folder: StudyFolder
    answers: int
    """That a model gives to the battery's prompts."""

    @property
    def _search(self) -> PilotSection:
        assert self.spec.pilot is not None
        return self.spec.pilot

    def _section(self, recipe: TriedRecipe) -> Any:
        return with_settings(self.spec.arms[self._search.arm], recipe.settings)

    def _works(self, recipe: TriedRecipe) -> tuple[Work, ...]:
        heldout, pool = len(self.splits.heldout.problems), len(self.splits.pool.problems)
        return arm_of(self._search.arm).work(self._section(recipe), self.spec, heldout, pool)

    def total(self, recipes: Sequence[TriedRecipe]) -> Hours:
        """The whole search, at most."""
        hours = _sum([self._base(), self._pool(recipes)])
        for rung, width in enumerate(self._search.widths(len(recipes))):
            each = sorted((self.rung(recipe, rung) for recipe in recipes), key=_all, reverse=True)
            hours = _sum([hours, *each[:width]])
        return hours

    def rung(self, recipe: TriedRecipe, place: int) -> Hours:
        """One recipe at one rung: its further updates, and measuring its model."""
        rung, before = self._search.rungs[place], self._search.rungs[place - 1].dose if place else 0.0
        training = sum(
            training_price(work, self.throughput, self.spec)[1]
            for work in self._works(recipe)
            if work.part is Part.TRAINING
        )
        return {
            Part.TRAINING: training * (rung.dose - before),
            Part.EVALUATION: self._priced(rung.problems * rung.samples, run=True)
            + self._priced(self.answers, longest=PROBE_TOKENS)
            + self._priced(self._search.least_problems * self._search.texts + 2 * KL_PROBLEMS),
        }

    def fits(self, hours: Hours, going: Iterable[TriedRecipe], spent: float = 0.0) -> bool:
        """Whether so much fits into what is left beside the arm itself, and into the search's own hours."""
        spent_so_far, reserved = spent_hours(self.folder), self._reserved(going)
        own = self._search.hours
        return (own is None or spent + _all(hours) <= own) and all(
            hours.get(part, 0.0) + reserved[part] <= getattr(self.spec.budget.hours, part.value) - spent_so_far[part]
            for part in Part
            if hours.get(part, 0.0) > 0.0
        )

    def affordable(self, recipes: Sequence[TriedRecipe]) -> int | None:
        """How many of the recipes, from the first, can be begun; None where two are too many."""
        for count in range(len(recipes), FEWEST_RECIPES - 1, -1):
            if self.fits(self.total(recipes[:count]), recipes[:count]):
                return count
        return None

    def _reserved(self, recipes: Iterable[TriedRecipe]) -> Hours:
        """What making and evaluating the arm itself takes, with the dearest of these recipes."""
        repetitions = repetitions_of(self.spec, self._search.arm)
        problems = len(self.splits.heldout.problems)
        most = dict.fromkeys(Part, 0.0)
        for recipe in recipes:
            hours = dict.fromkeys(Part, 0.0)
            for work in self._works(recipe):
                trained = work.part is Part.TRAINING
                alone = training_price(work, self.throughput, self.spec)[1] if trained else self._of(work)
                hours[work.part] += alone * len(repetitions)
            most = {part: max(most[part], hours[part]) for part in Part}
        evaluated = sum(self._priced(problems * each.samples, run=True) for each in repetitions)
        most[Part.EVALUATION] += evaluated + self._priced(self.answers * len(repetitions), longest=PROBE_TOKENS)
        return most

    def _base(self) -> Hours:
        search = self._search
        return {Part.EVALUATION: self._priced(search.problems * search.base_samples, run=True)}

    def _pool(self, recipes: Iterable[TriedRecipe]) -> Hours:
        """Sampling the pool, once for recipes that sample it alike, and what else is done to its samples."""
        hours = dict.fromkeys(Part, 0.0)
        index, done = self.folder.index(), list[Work]()
        for work in (work for recipe in recipes for work in self._works(recipe)):
            if work.part is not Part.TRAINING and work not in done:
                done.append(work)
                hours[work.part] += remaining_hours(self.spec, work, self.throughput, index)
        return hours

    def _of(self, work: Work) -> float:
        return price_of(
            work.samples, self.throughput, self.spec, run=work.run, runs=work.runs, draw=work.draw, longest=work.longest
        ).hours

    def _priced(self, samples: int, *, run: bool = False, longest: int | None = None) -> float:
        return price_of(samples, self.throughput, self.spec, run=run, longest=longest).hours


def search_steps(prices: SearchPrices) -> tuple[tuple[PlannedStep, ...], tuple[str, ...]]:
    """The steps of a declared search for a plan, with what to say of a search that is cut."""
    recipes = tried_recipes(prices.spec)
    search = prices.spec.pilot
    assert search is not None
    begun = prices.affordable(recipes)
    hours = prices.total(recipes[: begun or len(recipes)])
    rungs = " -> ".join(map(str, search.widths(begun or len(recipes))))
    steps = tuple(
        PlannedStep(
            name=f"search the recipe of {search.arm}, at most: {rungs} recipes",
            part=part,
            price=Price(samples=0, tokens=0, hours=hours[part], money=hours[part] * prices.spec.budget.price_per_hour),
            basis=prices.throughput.source,
        )
        for part in Part
        if hours.get(part)
    )
    if begun is None:
        return steps, (
            f"pilot: not even {FEWEST_RECIPES} recipes fit into the budget beside `{search.arm}` itself, so that the "
            f"search would be refused. Raise `budget.hours`, lower the rungs' problems and samples, or name cheaper "
            f"recipes.",
        )
    cut = recipes[begun:]
    told = "; ".join(f"{each.number} ({each.label})" for each in cut)
    said = f"pilot: the budget has place for {begun} of {len(recipes)} recipes; the last of the list are cut: {told}."
    return steps, (said,) if cut else ()


def _all(hours: Hours) -> float:
    return sum(hours.values())


def _sum(every: Iterable[Hours]) -> Hours:
    total = dict.fromkeys(Part, 0.0)
    for hours in every:
        for part, value in hours.items():
            total[part] += value
    return total
