"""Samples that are drawn within a fine-tune are scored as those of any other stage, by the real sandbox."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from passgap.execution import SandboxExecutor
from passgap.ports import Rollout
from passgap.records import (
    AssertTests,
    ExecutionJob,
    ExecutionResult,
    FinishReason,
    OutcomeKind,
    Problem,
    Prompt,
    Sample,
)
from passgap.stages.rewards import ProgramScorer

PROBLEM = Problem(
    id="pool/1",
    prompt="Add 1 to x.",
    entry_point="add",
    tests=AssertTests(statements=("assert add(1) == 2", "assert add(2) == 3")),
    source="a test",
)
PROMPT = Prompt(user="Add 1 to x.", prefix="```python\n", stop=("\n```",))


def rollout(completion: str, index: int = 0) -> Rollout:
    sample = Sample(
        problem_id=PROBLEM.id,
        index=index,
        completion=completion,
        finish_reason=FinishReason.STOP,
        seed=index,
        prompt_tokens=5,
        completion_tokens=5,
    )
    return Rollout(PROBLEM, PROMPT, sample)


class Counting:
    """The sandbox, or one that loses every job, with a count of what it was given."""

    devices = 1

    def __init__(self, inner: SandboxExecutor | None) -> None:
        self.inner = inner
        self.jobs = 0

    def run(self, jobs: Iterable[ExecutionJob], **options: Any) -> Iterator[ExecutionResult]:
        listed = list(jobs)
        self.jobs += len(listed)
        if self.inner is not None:
            yield from self.inner.run(listed, **options)

    def close(self) -> None:
        pass


def test_outcomes_are_in_the_order_of_the_samples_and_equal_programs_run_once() -> None:
    right, wrong = "def add(x):\n    return x + 1", "def add(x):\n    return 2"
    sandbox = SandboxExecutor()
    try:
        executor = Counting(sandbox)
        asked = [rollout(each, number) for number, each in enumerate((right, wrong, right, "", wrong))]
        found = ProgramScorer(executor)(asked)
    finally:
        sandbox.close()
    assert [each.passed for each in found] == [True, False, True, False, False]
    assert found[1].cases == "PF"
    assert executor.jobs == 3


def test_a_sandbox_that_gives_no_outcome_leaves_the_sample_unscored() -> None:
    [outcome] = ProgramScorer(Counting(None))([rollout("def add(x):\n    return x + 1")])
    assert outcome.kind is OutcomeKind.UNSCORED and outcome.passed is None
