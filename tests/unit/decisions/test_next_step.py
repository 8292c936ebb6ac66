"""The next step follows from the outcomes of the arms, and before any was run from the verdict."""

from __future__ import annotations

import numpy as np
import pytest

from passgap.decisions import ArmJudgement, Evidence, OutcomeOfArm, Verdict, decide_verdict
from passgap.decisions.alternatives import Situation
from passgap.decisions.next_step import OUT_OF_TOLERANCE, NextStep, Step, Tried, next_step
from passgap.decisions.situations import because
from passgap.estimates import counts_from_columns, estimate_all
from passgap.moves import Move
from passgap.records import Estimate


def _verdict(passed: int, problems: int = 240, every: int = 3) -> Verdict:
    ids = [f"p{n}" for n in range(problems)]
    counts = counts_from_columns(ids, [16] * problems, np.array([passed * (n % every == 0) for n in range(problems)]))
    return decide_verdict(Evidence(table=estimate_all(counts), contamination_checked=True))


def _tried(
    arm: str,
    outcome: OutcomeOfArm,
    value: float,
    *,
    claimed: bool = True,
    may_ship: bool = True,
    underpowered: bool = False,
    chosen: bool = False,
) -> Tried:
    judgement = ArmJudgement(outcome=outcome, headline="", reasons=(), needed_problems=900, underpowered=underpowered)
    lift = Estimate(value=value, low=value - 0.01, high=value + 0.01, n=240, m=8, method="t", unit="difference")
    alerts = ("length",) if outcome in OUT_OF_TOLERANCE else ()
    return Tried(
        arm=arm,
        caption=arm,
        judgement=judgement,
        lift=lift,
        claimed=claimed,
        may_ship=may_ship,
        alerts=alerts,
        chosen=chosen,
    )


def test_before_any_arm_the_verdict_says_what_to_do() -> None:
    assert next_step(_verdict(3), ()).step is Step.TRY
    none = next_step(_verdict(0), ())
    assert none.step is Step.KEEP and "Do not train" in none.answer
    assert "curated examples or documents" in none.action and "16 tries solve hardly any" in none.why
    few = next_step(_verdict(1, problems=60, every=30), ())
    assert few.step is Step.MEASURE and "problems" in few.action


def test_a_verdict_of_too_few_problems_sends_nobody_to_train() -> None:
    small = next_step(_verdict(3, problems=60), ())
    assert small.step is Step.MEASURE and "Promising" in small.answer and "run STUDY" not in small.action
    assert next_step(_verdict(0, problems=150), ()).answer.startswith("Not promising")


def test_another_move_is_named_with_its_reason() -> None:
    verdict = _verdict(0).model_copy(update={"other": Move.RETRIEVAL})
    found = next_step(verdict, ())
    assert found.step is Step.TRY and "try retrieval instead" in found.answer
    assert "run STUDY --arm retrieval" in found.action and "put into its prompt" in found.why


@pytest.mark.parametrize("situation", list(Situation))
def test_every_situation_is_a_sentence(situation: Situation) -> None:
    for k in (None, 8):
        said = because(situation, k)
        assert said.endswith(".") and "{" not in said


@pytest.mark.parametrize(
    ("arms", "step", "featured"),
    [
        ([_tried("a", OutcomeOfArm.WORKED, 0.02), _tried("b", OutcomeOfArm.WORKED, 0.05)], Step.PROMOTE, "b"),
        (
            [_tried("a", OutcomeOfArm.WORKED, 0.02, chosen=True), _tried("b", OutcomeOfArm.WORKED, 0.05)],
            Step.PROMOTE,
            "a",
        ),
        ([_tried("a", OutcomeOfArm.WORKED, 0.02), _tried("b", OutcomeOfArm.COLLAPSED, 0.05)], Step.PROMOTE, "a"),
        ([_tried("a", OutcomeOfArm.WORKED, 0.02, may_ship=False)], Step.KEEP, "a"),
        ([_tried("a", OutcomeOfArm.WORKED, 0.02, underpowered=True)], Step.MEASURE, "a"),
        ([_tried("a", OutcomeOfArm.WORKED, 0.02, claimed=False)], Step.MEASURE, "a"),
        ([_tried("a", OutcomeOfArm.DRIFTED, 0.02)], Step.REPAIR, "a"),
        ([_tried("a", OutcomeOfArm.COLLAPSED, 0.02), _tried("b", OutcomeOfArm.WORSE, -0.02)], Step.REPAIR, "a"),
        ([_tried("a", OutcomeOfArm.DRIFTED, 0.02)], Step.REPAIR, "a"),
        ([_tried("a", OutcomeOfArm.COLLAPSED, 0.0, claimed=False)], Step.KEEP, "a"),
        ([_tried("a", OutcomeOfArm.COLLAPSED, 0.0, claimed=False, underpowered=True)], Step.MEASURE, "a"),
        ([_tried("a", OutcomeOfArm.WORSE, -0.1, claimed=False, underpowered=True)], Step.KEEP, "a"),
        ([_tried("a", OutcomeOfArm.UNDERPOWERED, 0.0, claimed=False)], Step.MEASURE, "a"),
        ([_tried("a", OutcomeOfArm.WORSE, -0.03), _tried("b", OutcomeOfArm.NO_EFFECT_SHOWN, 0.0)], Step.KEEP, "b"),
    ],
)
def test_outcomes_decide_once_there_are_any(arms: list[Tried], step: Step, featured: str) -> None:
    for order in (arms, arms[::-1]):
        found: NextStep = next_step(_verdict(3), order)
        assert (found.step, found.featured) == (step, featured)
        assert "pp [" in found.why and found.answer.endswith(".")
