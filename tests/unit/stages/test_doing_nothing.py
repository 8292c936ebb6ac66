"""Doing nothing is run once per problem, and kept."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path

from passgap.execution import SandboxExecutor
from passgap.records import AssertTests, Problem, Stage
from passgap.stages import Silent, StageContext
from passgap.stages.doing_nothing import run_nothing
from passgap.store import StudyFolder
from passgap.wiring import SystemClock


def gap(name: str, suffix: str) -> Problem:
    return Problem(
        id=name,
        prompt="def f(x):\n    x += 1\n",
        entry_point="f",
        tests=AssertTests(statements=("assert f(1) == 2",)),
        source="t",
        kind="infill",
        body={"suffix": suffix},
    )


def test_an_empty_middle_passes_where_it_is_enough(tmp_path: Path) -> None:
    opened: list[str] = []

    def open_executor() -> AbstractContextManager[SandboxExecutor]:
        opened.append("once")
        return SandboxExecutor(workers=1)

    context = StageContext(folder=StudyFolder(tmp_path), clock=SystemClock(), progress=Silent())
    problems = [gap("enough", "    return x\n"), gap("too little", "    return x + y\n")]
    for _ in range(2):
        ran = run_nothing(problems, open_executor, context)
        assert ran is not None
        assert {each.task_id: each.passed for each in ran.results()} == {"enough": True, "too little": False}
        assert ran.manifest.stage is Stage.FLOOR
    assert opened == ["once"]


def test_where_nothing_is_no_answer_nothing_is_run(tmp_path: Path) -> None:
    context = StageContext(folder=StudyFolder(tmp_path), clock=SystemClock(), progress=Silent())
    plain = Problem(id="p", prompt="Add.", tests=AssertTests(statements=("assert f()",)), source="t")
    assert run_nothing([plain], lambda: SandboxExecutor(workers=1), context) is None
