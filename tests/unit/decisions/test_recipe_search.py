"""Recipes are ranked by gain, dropped for a proven breach alone, and the one that moved least wins a tie."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from passgap.decisions.recipe_search import (
    Fate,
    JudgedTrial,
    SearchLimits,
    Trial,
    broken,
    choose_now,
    judge_rung,
    said_of_outcome,
    survivors,
    without_budget,
)
from passgap.estimates.tempered import TemperedGain, mean_difference
from passgap.probes import BatteryOutcome, ProbeOutcome, ProbeStatus, Rule, judge
from passgap.records import Estimate

LIMITS = SearchLimits(largest_kl=0.5, ties=1.0)


def estimate(value: float, half: float, unit: Any = "nats") -> Estimate:
    return Estimate(value=value, low=value - half, high=value + half, n=20, m=4, method="a test", unit=unit)


def probe(drift: float, half: float, rule: Rule = Rule.RISE, status: ProbeStatus | None = None) -> ProbeOutcome:
    moved = estimate(drift, half, "ratio")
    return ProbeOutcome(
        probe="repetition",
        quantity="repetition",
        base=moved,
        tuned=moved,
        drift=moved,
        tolerance=0.1,
        rule=rule,
        status=status or judge(moved, 0.1, rule),
    )


def trial(recipe: int, gain: float, **fields: Any) -> Trial:
    """A recipe whose gain is the same on all problems but for a little."""
    scores = {str(place): gain + (0.01 if place % 2 else -0.01) for place in range(10)}
    measured = mean_difference(dict.fromkeys(scores, 0.0), scores)
    return Trial(
        recipe=recipe,
        rung=1,
        gain=TemperedGain(gain=measured, base_temperature=1.0, temperature=1.0, as_it_is=measured),
        scores=fields.pop("scores", scores),
        **{"divergence": estimate(0.1, 0.01), "pass_at_1": estimate(0.0, 0.1, "difference"), **fields},
    )


def fates(judged: tuple[JudgedTrial, ...]) -> dict[int, Fate]:
    return {each.trial.recipe: each.fate for each in judged}


def test_the_recipes_of_the_highest_gain_go_on() -> None:
    judged = judge_rung([trial(1, 0.1), trial(2, 0.3), trial(3, 0.2), trial(4, -0.1)], LIMITS, 2)
    assert survivors(judged) == (2, 3)
    assert fates(judged)[1] is Fate.OUTRANKED


@given(
    st.lists(st.integers(-99, 99).map(lambda each: each / 100), min_size=1, max_size=8, unique=True), st.integers(1, 8)
)
def test_at_most_as_many_go_on_as_there_are_places_and_none_below_one_that_does_not(
    gains: list[float], places: int
) -> None:
    judged = judge_rung([trial(number, gain) for number, gain in enumerate(gains, 1)], LIMITS, places)
    left = survivors(judged)
    assert len(left) == min(places, len(gains))
    out = [gains[number - 1] for number in range(1, len(gains) + 1) if number not in left]
    assert not out or min(gains[number - 1] for number in left) >= max(out)


def test_a_breach_is_proven_by_the_whole_interval() -> None:
    assert broken(probe(1.3, 0.1))
    assert not broken(probe(1.3, 0.25)), "an alert that may be noise"
    assert not broken(probe(0.5, 0.1)), "a fall is no rise"
    assert broken(probe(0.5, 0.1, Rule.FALL))
    assert not broken(probe(1.3, 0.1, status=ProbeStatus.UNRESOLVED)), "the probe itself sees no alert"


def test_each_tolerance_excludes_whatever_the_gain() -> None:
    judged = judge_rung(
        [
            trial(1, 0.9, battery=BatteryOutcome(arm="ssd", outcomes=(probe(1.5, 0.1),))),
            trial(2, 0.8, divergence=estimate(0.9, 0.1)),
            trial(3, 0.7, pass_at_1=estimate(-0.1, 0.05, "difference")),
            Trial(recipe=4, rung=1, failure="the fine-tune diverges."),
            trial(5, -0.2),
        ],
        LIMITS,
        None,
    )
    expected = [Fate.TOLERANCE, Fate.DIVERGENCE, Fate.WORSE, Fate.FAILED, Fate.CHOSEN]
    assert [each.fate for each in judged] == expected
    assert "repetition" in judged[0].why
    assert "diverges" in judged[3].why


def test_none_is_chosen_where_none_keeps_the_tolerances() -> None:
    judged = judge_rung([trial(1, 0.9, divergence=estimate(0.9, 0.1))], LIMITS, 1)
    assert survivors(judged) == ()
    assert "No recipe keeps the tolerances" in said_of_outcome([judged], None, ended_early=False)


def test_of_recipes_that_cannot_be_told_apart_the_one_that_moved_least_is_chosen() -> None:
    apart = {
        str(place): 0.35 if place % 2 else 0.23 for place in range(10)
    }  # 0.01 below, with a standard error of 0.017
    judged = judge_rung(
        [trial(1, 0.3, divergence=estimate(0.4, 0.01)), trial(2, 0.29, divergence=estimate(0.1, 0.01), scores=apart)],
        LIMITS,
        None,
    )
    assert fates(judged) == {1: Fate.OUTRANKED, 2: Fate.CHOSEN}
    strict = judge_rung([each.trial for each in judged], SearchLimits(largest_kl=0.5, ties=0.0), None)
    assert fates(strict) == {1: Fate.CHOSEN, 2: Fate.OUTRANKED}


def test_a_recipe_without_an_alert_comes_before_one_with_an_alert_that_is_not_proven() -> None:
    noisy = BatteryOutcome(arm="ssd", outcomes=(probe(1.2, 0.3),))
    judged = judge_rung([trial(1, 0.9, battery=noisy), trial(2, 0.1)], LIMITS, None)
    assert fates(judged) == {1: Fate.OUTRANKED, 2: Fate.CHOSEN}
    assert "alert" in judged[0].why
    alone = judge_rung([trial(1, 0.9, battery=noisy)], LIMITS, None)
    assert alone[0].fate is Fate.CHOSEN
    assert "every recipe raises an alert" in alone[0].why


def test_a_gain_that_is_no_gain_is_said() -> None:
    for gain, said in ((-0.3, "below 0"), (0.001, "cannot be told from 0")):
        judged = judge_rung([trial(1, gain)], LIMITS, None)
        assert said in said_of_outcome([judged], 1, ended_early=False)


def test_where_the_budget_ends_one_of_those_that_would_go_on_is_chosen() -> None:
    rung = judge_rung([trial(1, 0.1), trial(2, 0.3), trial(3, 0.2)], LIMITS, 2)
    assert fates(choose_now(rung, LIMITS)) == {1: Fate.OUTRANKED, 2: Fate.CHOSEN, 3: Fate.OUTRANKED}
    assert fates(without_budget(rung, {3: "nothing is left"})) == {1: Fate.OUTRANKED, 2: Fate.GOES_ON, 3: Fate.BUDGET}
