"""The table of the verdict at its edges: where a threshold is met exactly, one answer holds and not the other."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pydantic import ValidationError

from passgap.decisions import Alternatives, BudgetFacts, Evidence, Thresholds
from passgap.decisions.alternatives import Situation
from passgap.decisions.classify import (
    Inputs,
    Span,
    VerdictKind,
    classify,
    deciding_k,
    inputs_of,
    mode_is_wrong,
    with_gap,
    with_sharpening,
)
from passgap.estimates import EstimateTable
from passgap.moves import Move
from passgap.records import Estimate

LIMITS = Thresholds()


def span(low: float, high: float) -> Span:
    return Span(low=low, value=(low + high) / 2, high=high)


GAP = Inputs(
    k=16,
    gap=span(0.05, 0.2),
    best=span(0.3, 0.5),
    single=span(0.2, 0.3),
    beyond=None,
    sharpening=None,
    plurality=None,
    mode_can_be_wrong=True,
    decode_lift=None,
    signal_possible=True,
    affordable=True,
    at_hand=Alternatives(),
)
NO_GAP = replace(GAP, gap=span(0.0, 0.04))
WRONG = replace(GAP, sharpening=span(-0.05, -0.01), plurality=span(0.2, 0.4))


@pytest.mark.parametrize(
    ("inputs", "situation"),
    [
        (GAP, Situation.GAP),
        (replace(GAP, gap=span(0.04999, 0.2)), Situation.OPEN),
        (replace(GAP, gap=span(0.01, 0.05)), Situation.OPEN),
        (replace(GAP, gap=span(0.01, 0.04999)), Situation.CONCENTRATED),
        (replace(GAP, gap=None), Situation.OPEN),
        (replace(NO_GAP, best=span(0.0, 0.0999)), Situation.FLOOR),
        (replace(NO_GAP, best=span(0.0, 0.10)), Situation.CONCENTRATED),
        (replace(NO_GAP, best=None), Situation.CONCENTRATED),
        (replace(NO_GAP, single=span(0.9001, 1.0)), Situation.CEILING),
        (replace(NO_GAP, single=span(0.899, 1.0)), Situation.CONCENTRATED),
        (replace(NO_GAP, single=None), Situation.CONCENTRATED),
        (replace(NO_GAP, beyond=span(0.05, 0.3)), Situation.CONCENTRATED),
        (replace(NO_GAP, beyond=span(0.05, 0.3), at_hand=Alternatives(verifier=True)), Situation.RARE),
        (replace(NO_GAP, beyond=span(0.0499, 0.3), at_hand=Alternatives(verifier=True)), Situation.CONCENTRATED),
        (replace(GAP, signal_possible=False, affordable=False), Situation.NO_SIGNAL),
        (replace(GAP, decode_lift=span(0.1501, 0.3), affordable=False), Situation.DECODING),
        (replace(GAP, decode_lift=span(0.1499, 0.3)), Situation.GAP),
        (replace(GAP, affordable=False), Situation.UNAFFORDABLE),
        (WRONG, Situation.WRONG_MODE),
        (replace(WRONG, affordable=False), Situation.UNAFFORDABLE),
    ],
)
def test_each_cell_begins_where_it_should(inputs: Inputs, situation: Situation) -> None:
    assert classify(inputs, LIMITS).situation is situation


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({}, True),
        ({"sharpening": span(-0.05, 0.0)}, False),
        ({"sharpening": span(0.1, 0.2)}, False),
        ({"plurality": span(0.2, 0.5)}, False),
        ({"plurality": span(0.2, 0.4999)}, True),
        ({"decode_lift": span(0.0, 0.1)}, True),
        ({"decode_lift": span(0.001, 0.1)}, False),
        ({"mode_can_be_wrong": False}, False),
        ({"sharpening": None}, False),
        ({"plurality": None}, False),
    ],
)
def test_a_mode_is_wrong_only_where_it_is_shown_to_be(changes: dict[str, object], wrong: bool) -> None:
    assert mode_is_wrong(replace(WRONG, **changes)) is wrong  # type: ignore[arg-type]


def test_a_verifier_decides_what_a_wrong_mode_leads_to() -> None:
    assert classify(WRONG, LIMITS).kind is VerdictKind.GO_OTHER
    helped = classify(replace(WRONG, at_hand=Alternatives(verifier=True)), LIMITS)
    assert (helped.kind, helped.choice) == (VerdictKind.GO_VERIFIER_AWARE_SSD, None)


@pytest.mark.parametrize(("examples", "other"), [(499, Move.DO_NOTHING), (500, Move.SFT_EXTERNAL)])
def test_an_alternative_is_named_from_as_many_examples_on_as_it_needs(examples: int, other: Move) -> None:
    found = classify(replace(NO_GAP, at_hand=Alternatives(curated_examples=examples)), LIMITS)
    assert found.choice is not None and found.choice.other is other


def table(*ks: int) -> EstimateTable:
    overall = {f"gap@{k}": Estimate(value=0.1, low=0.05, high=0.2, n=300, m=64, method="x", unit="points") for k in ks}
    return EstimateTable(overall=overall, problems=300, samples=300 * 64)


@pytest.mark.parametrize(
    ("ks", "k", "beyond"),
    [((2, 3), None, False), ((4,), 4, False), ((4, 16), 16, False), ((8, 17), 8, True), ((16, 64), 16, True)],
)
def test_one_k_decides_and_only_a_larger_one_is_beyond(ks: tuple[int, ...], k: int | None, beyond: bool) -> None:
    inputs = inputs_of(Evidence(table=table(*ks)), LIMITS)
    assert inputs.k == k == deciding_k(table(*ks), LIMITS)
    assert (inputs.beyond is not None) is beyond
    assert (inputs.gap is None) is (k is None)


def test_supposing_an_input_moves_what_follows_from_it() -> None:
    known = with_gap(GAP, 0.01)
    assert known.gap == Span(0.01, 0.01, 0.01) and classify(known, LIMITS).situation is Situation.CONCENTRATED
    assert with_gap(replace(GAP, gap=None), 0.01).gap is None
    hurts, helps, idle = (with_sharpening(WRONG, value) for value in (-0.01, 0.01, 0.0))
    assert hurts.plurality == Span(0.2, 0.2, 0.2) and mode_is_wrong(hurts)
    assert helps.plurality == Span(0.4, 0.4, 0.4) == idle.plurality and not mode_is_wrong(helps)
    assert with_sharpening(GAP, -0.1) is GAP


def test_what_is_not_declared_is_what_the_documentation_says() -> None:
    assert LIMITS.model_dump() == {
        "gap": 0.05,
        "level": 0.95,
        "lift": 0.02,
        "problems": 200,
        "least_k": 4,
        "largest_k": 16,
        "edge": 0.10,
        "fall": 2 / 3,
        "curated": 500,
    }
    assert Alternatives() == Alternatives(verifier=False, curated_examples=0, preference_pairs=0, documents=False)
    for level in (0.0, 1.0):
        with pytest.raises(ValidationError, match="level"):
            Thresholds(level=level)
    assert Thresholds(level=0.3).level == 0.3


@pytest.mark.parametrize(("needed", "enough"), [(None, True), (4.0, True), (4.001, False)])
def test_a_budget_that_is_just_enough_is_enough(needed: float | None, enough: bool) -> None:
    assert BudgetFacts(available_hours=4.0, needed_hours=needed).affordable is enough


def test_pass_at_1_at_just_the_edge_is_no_ceiling() -> None:
    limits = Thresholds(edge=0.25)
    assert classify(replace(NO_GAP, single=span(0.75, 0.8)), limits).situation is Situation.CONCENTRATED
    assert classify(replace(NO_GAP, single=span(0.7501, 0.8)), limits).situation is Situation.CEILING


def test_sharpening_without_a_plurality_is_left_as_it_is() -> None:
    without = replace(WRONG, plurality=None)
    assert with_sharpening(without, -0.5) is without
    assert with_sharpening(replace(WRONG, sharpening=None), -0.5).sharpening is None
