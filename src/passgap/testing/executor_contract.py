"""The contract of an executor (:class:`passgap.ports.Executor`): what becomes of programs, tests and results."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import pytest

from passgap.ports import Executor
from passgap.records import (
    AssertTests,
    CheckTests,
    ExecutionJob,
    Limits,
    OutcomeKind,
    PairCase,
    PairTests,
    PytestTests,
    StdioCase,
    StdioTests,
    Tests,
)

ADD = "def add(a, b):\n    return a + b\n"
SUBTRACT = "def add(a, b):\n    return a - b\n"
ASSERTS = AssertTests(statements=("assert add(1, 2) == 3", "assert add(2, 0) == 2"))


def execution_job(key: str, program: str, tests: Tests = ASSERTS, *, seconds: float = 10.0) -> ExecutionJob:
    """A program with tests of its function ``add``, or of the whole program where they are of standard output."""
    entry_point = None if tests.style == "stdio" else "add"
    return ExecutionJob(key=key, program=program, tests=tests, entry_point=entry_point, limits=Limits(seconds=seconds))


class ExecutorContract:
    """Holds an executor to its contract. Subclass it in a test module and implement :meth:`make`::

        class TestMySandbox(ExecutorContract):
            def make(self):
                return MySandbox()

    The executor is made once per class and closed at the end. This suite says nothing of safety: whether a program can
    forge a pass or harm the host is for attacks to find out.
    """

    protocol: Literal["outside", "inside"] = "outside"
    """Where it evaluates tests of a function: outside the program's reach, or inside its process."""

    def make(self) -> Executor:
        """Set up the executor."""
        raise NotImplementedError("implement `make`, or override the fixture `executor`")

    @pytest.fixture(scope="class")
    @classmethod
    def executor(cls) -> Iterator[Executor]:
        """The executor under test."""
        made = cls().make()
        yield made
        made.close()

    def test_it_is_an_executor(self, executor: Executor) -> None:
        assert isinstance(executor, Executor)
        assert executor.devices >= 1

    @pytest.mark.parametrize(
        ("tests", "cases"),
        [
            (ASSERTS, "PP"),
            (
                CheckTests(
                    code="def check(candidate):\n    assert candidate(1, 2) == 3\n    assert candidate(2, 0) == 2"
                ),
                "PP",
            ),
            (PairTests(cases=(PairCase(args=(1, 2), expected=3), PairCase(args=(2, 0), expected=2))), "PP"),
            (PytestTests(code="from solution import add\ndef test_one():\n    assert add(1, 2) == 3"), "P"),
        ],
        ids=lambda value: getattr(value, "style", ""),
    )
    def test_each_style_passes_and_fails(self, executor: Executor, tests: Tests, cases: str) -> None:
        good, bad = executor.run(
            [execution_job("good", ADD, tests), execution_job("bad", SUBTRACT, tests)], ordered=True
        )
        assert (good.outcome.kind, good.outcome.cases) == (OutcomeKind.PASSED, cases)
        assert good.outcome.protocol == self.protocol
        assert bad.outcome.kind is OutcomeKind.FAILED
        assert bad.outcome.cases is not None
        assert bad.outcome.cases.startswith("F")
        assert "test 1" in bad.outcome.reason

    def test_whole_programs_are_compared_line_by_line(self, executor: Executor) -> None:
        tests = StdioTests(cases=(StdioCase(stdin="1 2\n", stdout="3\n"), StdioCase(stdin="5 5\n", stdout="10")))
        good, bad = executor.run(
            [
                execution_job("good", "print('', sum(map(float, input().split())), '')", tests),
                execution_job("bad", "print(3)", tests),
            ],
            ordered=True,
        )
        assert good.outcome.cases == "PP"
        assert (bad.outcome.kind, bad.outcome.cases) == (OutcomeKind.FAILED, "PF")

    @pytest.mark.parametrize(
        ("program", "kind"),
        [
            ("", OutcomeKind.REFUSED),
            ("x = 1" + " " * (2 << 20), OutcomeKind.REFUSED),
            ("def add(:", OutcomeKind.FAILED),
            ("x = '\ud800'\n" + ADD, OutcomeKind.FAILED),
            ("\0", OutcomeKind.FAILED),
            ("import os; os._exit(0)", OutcomeKind.FAILED),
            ("def add(a, b):\n    while True: pass", OutcomeKind.TIMEOUT),
            ("def add(a, b):\n    return bytearray(4 << 30)", OutcomeKind.OUT_OF_MEMORY),
            ("import ctypes\ndef add(a, b):\n    ctypes.string_at(0)", OutcomeKind.CRASHED),
        ],
    )
    def test_each_end_has_its_name(self, executor: Executor, program: str, kind: OutcomeKind) -> None:
        (result,) = executor.run([execution_job("one", program, seconds=1.0)])
        assert result.outcome.kind is kind
        assert result.outcome.reason

    def test_tests_that_cannot_be_used_are_no_failure(self, executor: Executor) -> None:
        broken = AssertTests(statements=("assert add(1,, 2) == 3",))
        (result,) = executor.run([execution_job("one", ADD, broken)])
        assert result.outcome.kind is OutcomeKind.UNSCORED
        assert result.outcome.passed is None

    def test_a_failed_test_does_not_hide_those_after_it(self, executor: Executor) -> None:
        program = "def add(a, b):\n    return 3 if (a, b) == (1, 2) else 1 / 0"
        tests = AssertTests(statements=("assert add(0, 0) == 0", "assert add(1, 2) == 3", "assert add(1, 1) == 2"))
        (result,) = executor.run([execution_job("one", program, tests)])
        assert result.outcome.cases == "FPF"
        assert result.outcome.reason == "test 1: ZeroDivisionError: division by zero"

    def test_a_failure_before_a_hang_is_a_failure(self, executor: Executor) -> None:
        program = "def add(a, b):\n    while b == 0: pass\n    return 0"
        (result,) = executor.run([execution_job("one", program, seconds=600.0)])
        assert (result.outcome.kind, result.outcome.cases) == (OutcomeKind.FAILED, "F?")
        assert result.outcome.seconds < 300.0

    def test_behaviour_tells_programs_apart_by_what_they_return(self, executor: Executor) -> None:
        other = "from operator import add"
        jobs = [
            execution_job("a", ADD),
            execution_job("b", other),
            execution_job("c", SUBTRACT),
            execution_job("d", "def add(a, b):\n    return None"),
        ]
        behaviour = {result.key: result.outcome.behaviour for result in executor.run(jobs)}
        assert behaviour["a"] == behaviour["b"]
        assert len(set(behaviour.values())) == 3

    def test_results_come_in_order_when_asked(self, executor: Executor) -> None:
        slow = "import time\ntime.sleep(0.3)\n" + ADD
        jobs = [execution_job(str(number), slow if number % 10 == 0 else ADD) for number in range(40)]
        done: list[int] = []
        keys = [result.key for result in executor.run(jobs, ordered=True, progress=done.append)]
        assert keys == [str(number) for number in range(40)]
        assert sum(done) == 40

    def test_jobs_are_drawn_as_room_allows(self, executor: Executor) -> None:
        drawn = 0

        def jobs() -> Iterator[ExecutionJob]:
            nonlocal drawn
            for number in range(10_000):
                drawn += 1
                yield execution_job(str(number), ADD)

        results = executor.run(jobs())
        for _ in range(5):
            next(results)
        assert drawn < 100
        results.close()  # type: ignore[attr-defined]
        assert len(list(executor.run([execution_job("after", ADD)]))) == 1

    def test_closing_twice_is_safe_and_running_again_works(self, executor: Executor) -> None:
        executor.close()
        executor.close()
        (result,) = executor.run([execution_job("one", ADD)])
        assert result.outcome.passed
