"""Carry a search out, rung by rung, and write down what it chose."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from pydantic import JsonValue

from passgap.decisions.recipe_search import (
    Fate,
    JudgedRung,
    JudgedTrial,
    SearchLimits,
    SearchOutcome,
    TriedRecipe,
    choose_now,
    judge_rung,
    said_of_outcome,
    survivors,
    without_budget,
)
from passgap.errors import NotOnDiskError, StudyError
from passgap.records import Manifest
from passgap.spec.pilot import FEWEST_RECIPES, PilotSection
from passgap.spec.pilot_refusals import too_few_problems
from passgap.stages.costs import metered_seconds
from passgap.store import Artifact, LedgerEntry, TracedFolder, TrialArtifact, read_json, write_json
from passgap.study.battery import answers_asked
from passgap.study.budget import BudgetError, throughput_on_disk
from passgap.study.chosen_recipe import PILOT_OUTCOME, chosen_sections, entry_of
from passgap.study.context import OVER_BUDGET, StudyContext
from passgap.study.development import development_to_run
from passgap.study.lab import StudyLab
from passgap.study.pilot.base_texts import measure_base_texts
from passgap.study.pilot.declared import (
    begin_search,
    begun_recipes,
    begun_search,
    declared_search,
    refuse_registered,
    refuse_unsearchable,
    search_plan,
)
from passgap.study.pilot.naming import pilot_label
from passgap.study.pilot.pricing import SearchPrices
from passgap.study.pilot.trials import Search, first_lab

_FILE = "outcome.json"


def run_pilot(lab: StudyLab) -> SearchOutcome:
    """Search the recipe of the declared arm; what is on disk is not done again.

    Raises:
        StudyError: no search is declared, it was declared otherwise, its arm is registered already, or the base model
            solves too few development problems.
        BudgetError: not even two recipes fit into the budget; nothing is begun.
        EngineError, ExecutionError, StoreError: a step failed; what is finished is kept.
    """
    context = lab.context
    refuse_unsearchable(context.spec)
    arm = declared_search(context.spec).arm
    finished = finished_search(context, arm)
    if finished is not None and context.read_only:
        return finished
    if context.read_only:
        raise NotOnDiskError
    context.base_folder()
    development = development_to_run(context, lab.splits).problems
    search = declared_search(context.spec)
    _require_problems(search, len(development))
    plan = search_plan(context, lab.splits, development)
    entry = begun_search(context, plan)
    if finished is not None:
        return finished
    if entry is None:
        refuse_registered(context, arm)
        entry = begin_search(context, plan, _begun(context, _prices(context, lab), plan.recipes))
        context.note(f"declared the search for a recipe of {arm} as ledger entry {entry.sequence}")
    traced = TracedFolder(context.folder, pilot_label(arm))
    lab = replace(first_lab(context, lab), traced=traced)
    problems = development[: search.problems]
    base = measure_base_texts(lab, search, problems, pilot_label(arm))
    traced.keep()
    outcome = _climb(Search(context, lab, plan, entry, problems, base, traced), begun_recipes(entry))
    _record(context, entry, outcome)
    return outcome


def finished_search(context: StudyContext, arm: str) -> SearchOutcome | None:
    """The outcome of an arm's search; None where it has not ended."""
    entry = entry_of(context.folder.ledger, PILOT_OUTCOME, arm)
    if entry is None or not isinstance(entry.payload, dict):
        return None
    artifact = _outcome_artifact(context, arm, str(entry.payload.get("pilot")))
    return SearchOutcome.model_validate(read_json(artifact.path(_FILE))) if artifact.complete else None


def _climb(search: Search, begun: int) -> SearchOutcome:
    """Go from rung to rung until one recipe is left or the last rung is measured."""
    declared, limits = search.plan.search, _limits(search.plan.search)
    recipes = search.plan.recipes[:begun]
    by_number = {each.number: each for each in recipes}
    going: Sequence[TriedRecipe] = recipes
    widths, rungs, early = declared.widths(begun), list[JudgedRung](), False
    for place, rung in enumerate(declared.rungs):
        last = place == len(declared.rungs) - 1
        judged = _rung_on_disk(search, place)
        if judged is None:
            trials = []
            for each in going:
                search.context.note(f"pilot of {search.arm}, rung {place + 1} of {len(widths)}: recipe {each.number}")
                trials.append(search.measure(each, place))
            verdicts = judge_rung(trials, limits, None if last else widths[place + 1])
            if not last:
                verdicts = _within_budget(search, verdicts, place + 1, limits)
            judged = JudgedRung(
                number=place + 1, dose=rung.dose, problems=rung.problems, samples=rung.samples, trials=verdicts
            )
            _keep_rung(search, place, judged)
        rungs.append(judged)
        left = survivors(judged.trials)
        early = not last and any(each.fate is Fate.CHOSEN for each in judged.trials)
        search.free([each.number for each in going if each.number not in left], weights=True)
        going = [by_number[number] for number in left]
        if not going:
            break
    chosen = next((each.trial.recipe for each in rungs[-1].trials if each.fate is Fate.CHOSEN), None)
    hours = spent_on_search(search.context, search.arm)
    return SearchOutcome(
        arm=search.arm,
        recipes=recipes,
        cut=search.plan.recipes[begun:],
        rungs=tuple(rungs),
        chosen=chosen,
        why=said_of_outcome([each.trials for each in rungs], chosen, ended_early=early),
        ended_early=early,
        text_problems=len(search.base.curves),
        hours=hours,
        money=hours * search.context.spec.budget.price_per_hour,
    )


def _within_budget(
    search: Search, verdicts: tuple[JudgedTrial, ...], place: int, limits: SearchLimits
) -> tuple[JudgedTrial, ...]:
    """Drop the lowest of those that go on until the next rung fits; where none does, choose one now."""
    numbers = survivors(verdicts)
    if search.context.over_budget or not numbers:
        return verdicts
    by_number = {each.number: each for each in search.plan.recipes}
    going = [by_number[number] for number in numbers]
    prices, spent = _prices(search.context, search.lab), spent_on_search(search.context, search.arm)
    fitting = next(
        (
            count
            for count in range(len(going), 0, -1)
            if prices.fits(prices.several(going[:count], place), going[:count], spent)
        ),
        0,
    )
    if not fitting:
        return choose_now(verdicts, limits)
    why = f"the budget has place for {fitting} at the next rung"
    return without_budget(verdicts, {each.number: why for each in going[fitting:]})


def _begun(context: StudyContext, prices: SearchPrices, recipes: Sequence[TriedRecipe]) -> int:
    """How many recipes are begun; the last ones are cut where the budget is too small, unless it may be exceeded.

    Raises:
        BudgetError: not even two fit.
    """
    fitting = prices.affordable(recipes)
    if fitting == len(recipes):
        return fitting
    arm = declared_search(context.spec).arm
    if context.over_budget:
        hours = {part.value: needed.hours for part, needed in prices.total(recipes).items()}
        context.record(OVER_BUDGET, {"arm": arm, "over": "the search for its recipe", "parts": dict(hours)})
        return len(recipes)
    if fitting is None:
        needed = prices.total(recipes[:FEWEST_RECIPES])
        told = ", ".join(f"{price.hours:.2g} hours of {part.value}" for part, price in needed.items() if price.hours)
        raise BudgetError(
            f"the search for a recipe of `{arm}` does not fit into what is left of the budget, so it was not begun",
            [
                f"Even {FEWEST_RECIPES} recipes take up to {told}, and the verdict and the arm itself have to fit "
                f"beside them. Raise `budget.hours` or `pilot.hours`, or lower the problems and samples of "
                f"`pilot.rungs`.",
                f"Predicted from {prices.throughput.source}. `--over-budget` goes on all the same, and says so in the "
                f"ledger.",
            ],
        )
    cut = ", ".join(str(each.number) for each in recipes[fitting:])
    context.note(f"pilot of {arm}: the budget has place for {fitting} recipes; cut: {cut}")
    return fitting


def spent_on_search(context: StudyContext, arm: str) -> float:
    """Device-hours of all artifacts of a search, with the samples of the pool that it drew or used."""
    used = TracedFolder(context.folder, pilot_label(arm)).used
    own = (entry for entry in context.folder.index() if entry.name.startswith(f"{pilot_label(arm)}-"))
    every = {entry.folder: entry for entry in own} | {
        entry.folder: entry for entry in context.folder.index() if entry.folder in used
    }
    seconds = (metered_seconds(Artifact(entry.folder, entry.name, entry.inputs)) for entry in every.values())
    return math.fsum(seconds) / 3600.0


def _prices(context: StudyContext, lab: StudyLab) -> SearchPrices:
    throughput = throughput_on_disk(context.folder, context.spec)
    return SearchPrices(context.intake.spec, lab.splits, throughput, context.folder, answers_asked(context.battery))


def _limits(search: PilotSection) -> SearchLimits:
    return SearchLimits(largest_kl=search.largest_kl, ties=search.ties)


def _require_problems(search: PilotSection, there: int) -> None:
    if few := list(too_few_problems(search, there)):
        raise StudyError("the study has too few development problems for the search", few)


def _rung_on_disk(search: Search, place: int) -> JudgedRung | None:
    artifact = _rung_artifact(search, place)
    return JudgedRung.model_validate(read_json(artifact.path(_FILE))) if artifact.complete else None


def _keep_rung(search: Search, place: int, judged: JudgedRung) -> None:
    artifact = _rung_artifact(search, place)
    artifact.begin()
    write_json(artifact.path(_FILE), judged.model_dump(mode="json"))
    artifact.finish(Manifest())


def _rung_artifact(search: Search, place: int) -> TrialArtifact:
    inputs: dict[str, JsonValue] = {"pilot": search.entry.hash, "rung": place + 1}
    return search.context.folder.artifact(f"{pilot_label(search.arm)}-rung-trial", inputs, TrialArtifact)


def _outcome_artifact(context: StudyContext, arm: str, declared: str) -> TrialArtifact:
    return context.folder.artifact(f"{pilot_label(arm)}-outcome-trial", {"pilot": declared}, TrialArtifact)


def _record(context: StudyContext, entry: LedgerEntry, outcome: SearchOutcome) -> None:
    """Keep the outcome, put it into the ledger, and let the study go on with the winner's recipe."""
    artifact = _outcome_artifact(context, outcome.arm, entry.hash)
    artifact.begin()
    write_json(artifact.path(_FILE), outcome.model_dump(mode="json"))
    artifact.finish(Manifest())
    winner = outcome.winner
    context.record(
        PILOT_OUTCOME,
        {
            "arm": outcome.arm,
            "pilot": entry.hash,
            "recipe": outcome.chosen,
            "settings": dict(winner.settings) if winner else None,
            "why": outcome.why,
            "measured": [dict(each.settings) for each in outcome.recipes],
        },
    )
    context.chosen.update(chosen_sections(context.folder.ledger, context.intake.spec))
    context.note(f"pilot of {outcome.arm}: {outcome.why}")
