"""Every diagnostic: what it reads, of which arms it speaks, and how it is scored."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from passgap.estimates import counts_from_results, estimate_all, mode_correctness
from passgap.predictors import (
    PREDICTORS,
    Direction,
    Known,
    Learner,
    Prediction,
    direction_of,
    predictions_for,
    score_prediction,
)
from passgap.records import Estimate, Insufficient, Likelihood, OutcomeKind, Result

KS = (1, 4, 8)
SSD = Learner(arm="ssd", own=True, judged=False)
JUDGED = Learner(arm="ssd-verified", own=True, judged=True)
EXTERNAL = Learner(arm="sft-external", own=False, judged=False)
ON_LIKELIHOOD = {"sharpening", "sharpening-per-token", "likelihood-auc", "likeliest"}


def known(right: float = -1.0, wrong: float = -5.0, problems: int = 60, **changes: Any) -> Known:
    """A base model that solves 2 of 8 samples of every second problem, with these log-probabilities."""
    results = tuple(
        Result(
            task_id=f"p{number:02d}",
            sample=sample,
            passed=number % 2 == 0 and sample < 2,
            outcome=OutcomeKind.PASSED if number % 2 == 0 and sample < 2 else OutcomeKind.FAILED,
            behaviour=f"wrong {sample}",
        )
        for number in range(problems)
        for sample in range(8)
    )
    likelihoods = {
        each.key: Likelihood(
            problem_id=each.task_id, index=each.sample, logprob=right if each.passed else wrong - each.sample, tokens=10
        )
        for each in results
        if int(each.task_id[1:]) % 2 == 0
    }
    counts = counts_from_results(results)
    found = Known(
        counts=counts,
        results=results,
        table=estimate_all(counts, KS),
        modes=mode_correctness(results, KS),
        ks=KS,
        level=0.95,
        gap_threshold=0.05,
        deciding_k=8,
        decode_lift=estimate(0.03, 0.01, 0.05),
        likelihoods=likelihoods,
        scored_problems=frozenset(counts.ids),
        programs={"p00": ("x", "y"), "p02": ("x", "x")},
    )
    return replace(found, **changes)


def estimate(value: float, low: float, high: float) -> Estimate:
    return Estimate(value=value, low=low, high=high, n=60, m=8, method="t", unit="difference")


def said(learner: Learner, base: Known) -> dict[str, Prediction]:
    return {each.predictor: each for each in predictions_for(PREDICTORS, base, learner)}


@pytest.mark.parametrize("name", PREDICTORS)
def test_every_diagnostic_has_a_source_and_an_interval(name: str) -> None:
    one = PREDICTORS[name]
    assert one.caption and one.source and one.name == name
    measured = one.measure(known())
    assert isinstance(measured, Estimate) and measured.n > 0
    assert measured.low <= measured.value <= measured.high


def test_likelier_right_answers_foretell_a_lift_of_the_minimal_arm_and_nothing_of_judged_ones() -> None:
    up, down = said(SSD, known()), said(SSD, known(right=-20.0))
    assert {name: up[name].direction for name in ON_LIKELIHOOD} == dict.fromkeys(ON_LIKELIHOOD, Direction.UP)
    assert {name: down[name].direction for name in ON_LIKELIHOOD} == dict.fromkeys(ON_LIKELIHOOD, Direction.DOWN)
    assert up["likeliest"].size is not None and up["sharpening"].size is None
    assert not ON_LIKELIHOOD & said(JUDGED, known()).keys()
    assert not said(EXTERNAL, known())


def test_without_likelihoods_the_reason_stands_in_their_place() -> None:
    found = said(SSD, known(likelihoods=None, why_unmeasured="the engine reports none"))
    for name in ON_LIKELIHOOD:
        assert found[name].direction is None and found[name].because == "not measured: the engine reports none"
        assert isinstance(found[name].measured, Insufficient)


def test_unscored_samples_and_problems_outside_the_part_do_not_count() -> None:
    base = known()
    part = frozenset(sorted(base.scored_problems)[:20])
    measured = PREDICTORS["sharpening"].measure(replace(base, scored_problems=part))
    assert isinstance(measured, Estimate) and measured.n == 20
    unscored = tuple(each.model_copy(update={"passed": None}) for each in base.results)
    assert isinstance(PREDICTORS["sharpening"].measure(replace(base, results=unscored)), Insufficient)


def test_gap_and_slope_foretell_by_the_declared_threshold() -> None:
    for name in ("gap", "pass-slope"):
        assert said(SSD, known())[name].direction is Direction.UP
        assert said(JUDGED, known(gap_threshold=0.9))[name].direction is Direction.NONE
        straddling = known(gap_threshold=0.35 if name == "gap" else 0.4)
        assert said(SSD, straddling)[name].direction is None


def test_a_plurality_foretells_only_what_its_grouping_can_show() -> None:
    base = known()
    assert said(SSD, base)["plurality"].direction is Direction.UP
    lumped = tuple(each.model_copy(update={"behaviour": None, "cases": "0"}) for each in base.results)
    coarse = replace(base, results=lumped, modes=mode_correctness(lumped, KS))
    found = said(SSD, coarse)["plurality"]
    assert found.direction is None and "cases alone" in found.because
    assert said(SSD, known(modes=None))["plurality"].direction is None


def test_a_starved_arm_is_foretold_no_change_whatever_it_trains_on() -> None:
    starved = said(EXTERNAL.model_copy(update={"starved": True}), known())
    assert {name: each.direction for name, each in starved.items()} == {"supply": Direction.NONE}


def test_an_outcome_is_where_its_whole_interval_lies() -> None:
    assert direction_of(estimate(0.04, 0.01, 0.07), 0.02) is Direction.UP
    assert direction_of(estimate(-0.04, -0.07, -0.01), 0.02) is Direction.DOWN
    assert direction_of(estimate(0.01, 0.005, 0.015), 0.02) is Direction.NONE
    assert direction_of(estimate(0.01, -0.03, 0.05), 0.02) is None
    assert direction_of(Insufficient(insufficient="none", n=0, m=0), 0.02) is None


def test_predictions_are_right_wrong_or_undecided_and_sizes_agree_or_not() -> None:
    told = Prediction(
        predictor="likeliest",
        measured=estimate(0.03, 0.01, 0.05),
        direction=Direction.UP,
        size=estimate(0.03, 0.01, 0.05),
        because="",
    )
    good = score_prediction(told, estimate(0.04, 0.02, 0.06), 0.02)
    assert (good.right, good.covered) == (True, True)
    bad = score_prediction(told, estimate(-0.05, -0.07, -0.03), 0.02)
    assert (bad.right, bad.covered) == (False, False)
    open_ = score_prediction(told, estimate(0.01, -0.03, 0.05), 0.02)
    assert (open_.right, open_.covered) == (None, True)
    silent = told.model_copy(update={"direction": None, "size": None})
    assert score_prediction(silent, estimate(0.04, 0.02, 0.06), 0.02).right is None
    assert score_prediction(silent, estimate(0.04, 0.02, 0.06), 0.02).covered is None
