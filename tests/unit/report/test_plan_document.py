"""A plan reads as what it is: predictions with their source, against the declared budget."""

from __future__ import annotations

from typing import Any

from rich.console import Console

from passgap.decisions.study_plan import FirstSignal, PlannedGap, PlannedStep, Price, StudyPlan, Throughput
from passgap.estimates import Needed
from passgap.records import Estimate
from passgap.report.plan_document import plan_document
from passgap.report.terminal import print_document
from passgap.spec.budget import Part

PRICE = Price(samples=3456, tokens=434_268, hours=1.5, money=0.15)


def plan(**changes: Any) -> StudyPlan:
    facts: dict[str, Any] = {
        "k": 16,
        "threshold": 0.05,
        "level": 0.95,
        "heldout": 216,
        "throughput": Throughput(
            tokens_per_second=78.0,
            tokens_per_sample=126.0,
            run_seconds_per_sample=0.0178,
            samples=128,
            source="a pilot of 8 problems",
        ),
        "rows": (
            PlannedGap(gap=0.06, problems=1300, samples=16, price=PRICE, near=True),
            PlannedGap(gap=0.1, problems=179, samples=16, price=PRICE, near=False),
        ),
        "steps": (
            PlannedStep(name="measure the base model", part=Part.EVALUATION, price=PRICE, basis="a pilot"),
            PlannedStep(name="fine-tune", part=Part.TRAINING, price=PRICE, basis="the speed of sampling"),
        ),
        "first_signal": FirstSignal(days=0.5, declared_days=1.0, devices=1, people=3),
        "currency": "USD",
        "device": "cpu",
        "declared_hours": {"sampling": 1.0, "training": 2.0, "evaluation": 1.0},
    }
    return StudyPlan.model_validate(facts | changes)


def said(shown: StudyPlan) -> str:
    console = Console(width=140)
    with console.capture() as caught:
        print_document(console, plan_document(shown))
    return " ".join(caught.get().split())


def test_prices_stand_with_what_they_are_predicted_from_and_the_part_that_is_too_small_is_named() -> None:
    text = said(plan())
    assert "434,268 1.50 0.15 the speed of sampling" in text
    assert "training 1.50 of 2, evaluation 1.50 of 1: not enough for evaluation." in text
    assert "1,300 or more" in text and "179 3,456" in text
    assert "78 tokens per second, 17.8 ms to run one" in text
    enough = {"sampling": 9.0, "training": 9.0, "evaluation": 9.0}
    assert "evaluation 1.50 of 9: enough." in said(plan(declared_hours=enough))


def test_declared_looks_are_told_with_their_level() -> None:
    text = said(plan(looks=(200, 216), level=0.97))
    assert "with 97 % intervals" in text
    assert "interim analyses after 200, 216: it stops at the first that decides" in text


def test_a_measured_gap_comes_first_and_what_it_still_takes() -> None:
    gap = Estimate(value=0.06, low=0.03, high=0.09, n=216, m=16, method="given", unit="points")
    settled = said(plan(measured_gap=gap, measured_problems=216))
    assert (
        settled.startswith("The measured gap at k = 16 is 6.0 pp [3.0, 9.0] (n = 216 problems")
        and "no more problems are needed" in settled
    )
    needed = Needed(problems=1300, samples=16, note="the estimate is near")
    text = said(plan(measured_gap=gap, measured_problems=216, needed=needed, more_problems=1084, more_price=PRICE))
    assert "about 1,300 problems with 16 samples each settle it, 1,084 more than the 216 measured" in text
    assert "434,268 tokens, 1.50 cpu-hours, 0.15 USD. Note: the estimate is near." in text


def test_the_plan_says_whether_the_first_signal_comes_in_time_and_what_waiting_for_it_takes() -> None:
    text = said(plan())
    assert (
        "is predicted after 0.50 days on one device; declared: within 1 day (in time). 3 people wait 1.50 person-days"
        in text
    )
    late = FirstSignal(days=2.0, declared_days=1.0, devices=4, people=1)
    text = said(plan(first_signal=late))
    assert "after 2.00 days on 4 devices; declared: within 1 day (too late). One person waits 2.00 person-days" in text
    assert "raise `budget.days_to_first_signal`" in text


def test_a_flag_of_the_study_stands_under_its_plan() -> None:
    assert "flag: model.parameters: other" in said(plan(flags=("model.parameters: other",)))


def test_what_is_spent_and_how_many_updates_there_are_stand_beside_the_budget() -> None:
    assert "Spent so far" not in said(plan()) and "updates" not in said(plan())
    text = said(plan(spent_hours={"sampling": 0.0, "training": 0.25, "evaluation": 1.5}, updates=1093))
    assert "Spent so far: sampling 0.00, training 0.25, evaluation 1.50." in text
    assert "The fine-tune takes 1,093 updates at most." in text
