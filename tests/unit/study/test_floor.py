"""How many samples of each arm do nothing is counted beside the base model's."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from passgap.records import AssertTests, FinishReason, Problem, Record, SampleText
from passgap.report.study_report import Fact
from passgap.study.floor import with_unchanged
from passgap.tasks import ContaminationLog, TaskSet, task_set
from passgap.tasks.splits import Splits

TESTS = AssertTests(statements=("assert add(1, 2) == 3",))
BUGGY, FIXED = "def add(a, b):\n    return a - b\n", "def add(a, b):\n    return a + b\n"
FIX = Problem(id="fix", prompt="`add` should add.", tests=TESTS, source="t", kind="bug-fix", body={"buggy": BUGGY})
PLAIN = Problem(id="plain", prompt="Write `add`.", tests=TESTS, source="t")


class Arm(Record):
    arm: str
    facts: tuple[Fact, ...] = ()


def evaluated(*programs: str) -> Any:
    drawn = tuple(
        SampleText("fix", at, f"{program}```", FinishReason.STOP, 9, 9) for at, program in enumerate(programs)
    )
    return SimpleNamespace(by_problem={"fix": drawn, "plain": drawn})


def told(*problems: Problem) -> tuple[Fact, ...]:
    heldout: TaskSet = task_set("t", problems)
    splits = Splits(heldout=heldout, pool=heldout, contamination=ContaminationLog(items=()), removed=0)
    context: Any = SimpleNamespace(spec=SimpleNamespace(model=SimpleNamespace(chat=True)))
    seeds = [SimpleNamespace(evaluation=evaluated(BUGGY, FIXED)), SimpleNamespace(evaluation=evaluated(FIXED, FIXED))]
    candidates: Any = [SimpleNamespace(arm="ssd", repetitions=seeds)]
    arms: Any = [Arm(arm="ssd")]
    base = evaluated(BUGGY, BUGGY.replace("a - b", "a  -  b  # no change"))
    [report] = with_unchanged(context, splits, base, candidates, arms)
    return report.facts


def test_unchanged_answers_are_counted_over_all_seeds_and_white_space_and_comments_do_not_count() -> None:
    text = "1 of 4 samples submit the buggy code unchanged; of the base model's, 2 of 2"
    assert told(FIX, PLAIN) == (Fact(label="unchanged answers", text=text),)


def test_nothing_is_said_where_doing_nothing_is_no_answer() -> None:
    assert told(PLAIN) == ()
