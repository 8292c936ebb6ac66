"""The example of TypeScript functions: its problems are judged outside the jail, and its references pass."""

from __future__ import annotations

from pathlib import Path

import pytest

from passgap.execution import SandboxExecutor
from passgap.execution.toolchains import MissingToolchain, found_toolchain
from passgap.records import ExecutionJob
from passgap.tasks import load_tasks

EXAMPLE = Path(__file__).parents[2] / "examples" / "typescript"


@pytest.mark.parametrize(("name", "count"), [("heldout", 24), ("pool", 16)])
def test_its_problems_can_all_be_judged_outside(name: str, count: int) -> None:
    problems = load_tasks(EXAMPLE / f"{name}.jsonl").problems
    assert len(problems) == count
    assert not any(problem.judged_inside for problem in problems)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["heldout", "pool"])
def test_its_references_pass_and_empty_functions_do_not(name: str) -> None:
    try:
        found_toolchain("typescript")
    except MissingToolchain as missing:
        pytest.skip(str(missing))
    jobs = [
        ExecutionJob(key=f"{problem.id} {kind}", program=program, tests=problem.tests, language="typescript")
        for problem in load_tasks(EXAMPLE / f"{name}.jsonl").problems
        for kind, program in (
            ("reference", problem.reference or ""),
            ("empty", f"{problem.prompt}  return undefined as any;\n}}\n"),
        )
    ]
    with SandboxExecutor(workers=1) as executor:
        outcomes = {result.key: result.outcome for result in executor.run(jobs)}
    wrong = {key: each for key, each in outcomes.items() if each.passed is not key.endswith("reference")}
    assert wrong == {}
