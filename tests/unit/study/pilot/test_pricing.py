"""The price of a search: what a plan says it takes, what a budget cuts of it, and what is said of that."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from passgap.decisions.recipe_search import Fate, TriedRecipe
from passgap.decisions.study_plan import Throughput
from passgap.errors import EXIT_REFUSED
from passgap.report.markdown import document_markdown
from passgap.report.sections.pilot import pilot_document
from passgap.spec.budget import Part
from passgap.study import Study
from passgap.study.battery import answers_asked
from passgap.study.budget import BudgetError, throughput_on_disk
from passgap.study.pilot.declared import tried_recipes
from passgap.study.pilot.pricing import KL_PROBLEMS, SearchPrices, hours_of
from passgap.study.pilot.trials import Search
from passgap.study.splits import load_splits
from passgap.testing.scripted_study import POOL
from searched import BEST, PILOT

Open = Callable[..., Study]

SPEED = Throughput(
    tokens_per_second=100.0,
    tokens_per_sample=50.0,
    run_seconds_per_sample=0.5,
    training_tokens_per_second=20.0,
    samples=8,
    source="a test",
)


def priced(study: Study, throughput: Throughput | None = None) -> tuple[SearchPrices, tuple[TriedRecipe, ...]]:
    context = study._context
    speed = throughput or throughput_on_disk(context.folder, context.spec)
    splits = load_splits(context)
    return SearchPrices(context.spec, splits, speed, context.folder, answers_asked(context.battery)), tried_recipes(
        context.spec
    )


def budget(**hours: float) -> dict[str, Any]:
    each = {"sampling": 1.0, "training": 1.0, "evaluation": 1.0, **hours}
    return {"device": "cpu", "hours": each, "price_per_hour": 1, "team_size": 1, "days_to_first_signal": 1}


def test_a_recipe_is_priced_by_its_further_updates_and_by_measuring_its_model(opened: Open) -> None:
    prices, recipes = priced(opened(), SPEED)
    first, second = prices.rung(recipes[0], 0), prices.rung(recipes[0], 1)
    examples = POOL * 2
    assert first[Part.TRAINING].hours == pytest.approx(0.5 * examples * 50 / 20 / 3600)
    assert first[Part.TRAINING] == second[Part.TRAINING], "the second half of the updates"
    asked, texts = sum(each.answers for each in prices.asked.values()), 10 * 4 + 2 * KL_PROBLEMS
    tokens = sum(each.answers * min(50, each.longest) for each in prices.asked.values())
    seconds = 5 * 3 * (50 / 100 + 0.5) + tokens / 100 + texts * 50 / 100
    assert first[Part.EVALUATION].hours == pytest.approx(seconds / 3600)
    assert first[Part.EVALUATION].samples == 5 * 3 + asked + texts


def test_a_search_costs_its_base_the_pool_once_for_each_way_to_sample_it_and_the_dearest_recipes(opened: Open) -> None:
    dear = [*PILOT["recipes"][:2], {"temperature": 1.6, "learning_rate": 2e-3, "epochs": 4}]
    prices, recipes = priced(opened({"recipes": dear}), SPEED)
    total = prices.total(recipes)
    assert total[Part.SAMPLING].samples == 2 * POOL * 2, "recipes 2 and 3 sample the pool alike"
    cheap, twice = prices.rung(recipes[0], 0)[Part.TRAINING].hours, prices.rung(recipes[2], 0)[Part.TRAINING].hours
    assert twice == pytest.approx(4 * cheap)
    assert total[Part.TRAINING].hours == pytest.approx((2 * cheap + twice) + (cheap + twice)), "two go on, the dearest"
    base = 10 * 3 * (50 / 100 + 0.5) + 10 * 4 * 50 / 100
    measured = sum(prices.rung(recipes[0], rung)[Part.EVALUATION].hours * width for rung, width in ((0, 3), (1, 2)))
    assert total[Part.EVALUATION].hours == pytest.approx(base / 3600 + measured)


def test_a_plan_prices_the_search(opened: Open) -> None:
    study = opened()
    steps = {step.name: step for step in study.plan().steps}
    sampled, tuned, measured = (
        steps["sample the pool for the recipes of ssd"],
        steps["fine-tune 3 -> 2 recipes of ssd, at most"],
        steps["measure 3 -> 2 recipes of ssd, at most"],
    )
    assert (sampled.part, tuned.part, measured.part) == (Part.SAMPLING, Part.TRAINING, Part.EVALUATION)
    assert sampled.price.samples == 2 * POOL * 2 and min(tuned.price.samples, measured.price.tokens) > 0
    assert "no fine-tune has been run yet" in tuned.basis
    prices, recipes = priced(study)
    assert measured.price == prices.total(recipes)[Part.EVALUATION]


def test_what_has_no_place_is_cut_from_the_end_of_the_list_and_named(opened: Open) -> None:
    study = opened()
    study.plan()
    prices, recipes = priced(study)
    two, three = hours_of(prices.total(recipes[:2])), hours_of(prices.total(recipes))
    capped = {"hours": 0.2 * two + 0.8 * three - 1e-9}
    assert two < capped["hours"] < three

    plan = opened(capped).plan()
    assert "measure 2 -> 1 recipes of ssd, at most" in {step.name for step in plan.steps}
    [flag] = [each for each in plan.flags if each.startswith("pilot:")]
    assert "place for 2 of 3 recipes" in flag and "3 (temperature 1.6, learning rate 0.002)" in flag

    outcome = opened(capped).pilot()
    assert [each.number for each in outcome.cut] == [3] and outcome.chosen == BEST
    assert [len(rung.trials) for rung in outcome.rungs] == [2, 1]
    assert outcome.hours < capped["hours"], "the price is an upper bound"
    shown = document_markdown(pilot_document(outcome, "study", "model", "USD"))
    assert "The budget had no place for recipe 3: temperature 1.6, learning rate 0.002." in shown
    [entry] = study.folder.ledger.of_kind("pilot")
    assert isinstance(entry.payload, dict) and entry.payload["begun"] == 2


def test_where_not_even_two_recipes_fit_nothing_is_begun_unless_the_budget_may_be_exceeded(
    opened: Open, drawn: Counter[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    small = budget(training=1e-9)
    study = opened(budget=small)
    with pytest.raises(BudgetError, match="so it was not begun") as caught:
        study.pilot()
    assert caught.value.exit_code == EXIT_REFUSED and not drawn
    told = " ".join(caught.value.problems)
    assert "2 recipes take up to" in told and "hours of training" in told and "--over-budget" in told
    assert not study.folder.ledger.of_kind("pilot")
    assert any("not even 2 recipes fit" in each for each in study.plan().flags)

    def broken_off(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Search, "measure", broken_off)
    with pytest.raises(KeyboardInterrupt):
        opened(budget=small, over_budget=True).pilot()
    [entry] = study.folder.ledger.of_kind("over-budget")
    assert isinstance(entry.payload, dict) and entry.payload["over"] == "the search for its recipe"
    [begun] = study.folder.ledger.of_kind("pilot")
    assert isinstance(begun.payload, dict) and begun.payload["begun"] == 3


def test_the_verdict_and_the_arm_itself_have_to_fit_beside_the_search(opened: Open) -> None:
    prices, recipes = priced(opened(), SPEED)
    needed = prices.total(recipes)
    enough = {part.value: price.hours for part, price in needed.items()}
    beside = prices._reserved(recipes)
    assert beside[Part.TRAINING] == pytest.approx(POOL * 2 * 50 / 20 / 3600)
    for short in (None, *Part):
        hours = {
            part.value: enough[part.value] + beside[part] * (0.9 if part is short else 1.0) + 1e-9 for part in Part
        }
        of_study, _ = priced(opened(budget=budget(**hours)), SPEED)
        assert of_study.fits(needed, recipes) is (short is None)


@pytest.mark.parametrize("places", [0, pytest.param(1, marks=pytest.mark.slow)])
def test_between_rungs_the_lowest_gains_are_cut(places: int, opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    def fits(prices: SearchPrices, needed: Any, going: Sequence[TriedRecipe], spent: float = 0.0) -> bool:
        """Much was spent on the first rung."""
        return spent == 0.0 or len(going) <= places

    monkeypatch.setattr(SearchPrices, "fits", fits)
    study = opened()
    outcome = study.pilot()
    first = {each.trial.recipe: each for each in outcome.rungs[0].trials}
    assert outcome.chosen == BEST
    if places:
        assert first[3].fate is Fate.BUDGET and "place for 1 at the next rung" in first[3].why
        assert [len(rung.trials) for rung in outcome.rungs] == [3, 1] and not outcome.ended_early
    else:
        assert [first[number].fate for number in (2, 3)] == [Fate.CHOSEN, Fate.OUTRANKED]
        assert len(outcome.rungs) == 1 and outcome.ended_early
        assert "The budget ended the search before its last rung" in outcome.why
    assert not list(study.folder.artifacts.glob("*.training"))
