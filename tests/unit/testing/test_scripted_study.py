"""Parts that scripted studies share give each of them the results that it would have had alone."""

from __future__ import annotations

import random

from passgap.records import AssertTests, ExecutionJob
from passgap.testing.scripted_study import shared_sandbox


def job(key: int, added: int) -> ExecutionJob:
    tests = AssertTests(statements=("assert f(1) == 2",))
    return ExecutionJob(key=f"{key}", program=f"def f(x):\n    return x + {added}\n", tests=tests, entry_point="f")


def test_the_shared_sandbox_gives_every_job_the_outcome_of_its_own_program() -> None:
    source = random.Random(1)
    for ordered in (True, False):
        added = [source.randrange(5) for _ in range(30)]
        results = list(shared_sandbox().run((job(*each) for each in enumerate(added)), ordered=ordered))
        assert [result.key for result in results] == [f"{number}" for number in range(30)]
        assert [result.outcome.passed for result in results] == [each == 1 for each in added]


def test_the_shared_sandbox_takes_no_job_for_one_with_other_tests() -> None:
    same = job(0, 1)
    other = same.model_copy(update={"tests": AssertTests(statements=("assert f(1) == 3",))})
    for _ in range(2):
        assert [result.outcome.passed for result in shared_sandbox().run([same, other])] == [True, False]
