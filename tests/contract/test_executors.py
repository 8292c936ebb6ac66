"""What every executor must do, whatever stands between it and the programs."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from passgap.execution import SandboxExecutor, UnprotectedExecutor
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
SUB = "def add(a, b):\n    return a - b\n"
ASSERTS = AssertTests(statements=("assert add(1, 2) == 3", "assert add(2, 0) == 2"))


@pytest.fixture(scope="module", params=[SandboxExecutor, UnprotectedExecutor])
def executor(request: pytest.FixtureRequest) -> Iterator[Executor]:
    with request.param(workers=2) as made:
        yield made


def job(key: str, program: str, tests: Tests = ASSERTS, **limits: float) -> ExecutionJob:
    entry = None if tests.style == "stdio" else "add"
    return ExecutionJob(key=key, program=program, tests=tests, entry_point=entry, limits=Limits(**limits))


def test_it_is_an_executor(executor: Executor) -> None:
    assert isinstance(executor, Executor)


@pytest.mark.parametrize(
    ("tests", "cases"),
    [
        (ASSERTS, "PP"),
        (
            CheckTests(code="def check(candidate):\n    assert candidate(1, 2) == 3\n    assert candidate(2, 0) == 2"),
            "PP",
        ),
        (PairTests(cases=(PairCase(args=(1, 2), expected=3), PairCase(args=(2, 0), expected=2))), "PP"),
        (PytestTests(code="from solution import add\ndef test_one():\n    assert add(1, 2) == 3"), "P"),
    ],
    ids=lambda value: getattr(value, "style", ""),
)
def test_each_style_passes_and_fails(executor: Executor, tests: Tests, cases: str) -> None:
    good, bad = executor.run([job("good", ADD, tests), job("bad", SUB, tests)], ordered=True)
    assert (good.outcome.kind, good.outcome.cases, good.outcome.protocol) == (OutcomeKind.PASSED, cases, "outside")
    assert bad.outcome.kind is OutcomeKind.FAILED
    assert bad.outcome.cases is not None
    assert bad.outcome.cases.startswith("F")
    assert "test 1" in bad.outcome.reason


def test_whole_programs_are_compared_line_by_line(executor: Executor) -> None:
    tests = StdioTests(cases=(StdioCase(stdin="1 2\n", stdout="3\n"), StdioCase(stdin="5 5\n", stdout="10")))
    good, bad = executor.run(
        [job("good", "print('', sum(map(float, input().split())), '')", tests), job("bad", "print(3)", tests)],
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
def test_each_end_has_its_name(executor: Executor, program: str, kind: OutcomeKind) -> None:
    (result,) = executor.run([job("one", program, seconds=1.0)])
    assert result.outcome.kind is kind
    assert result.outcome.reason


def test_tests_that_cannot_be_used_are_no_failure(executor: Executor) -> None:
    broken = AssertTests(statements=("assert add(1,, 2) == 3",))
    (result,) = executor.run([job("one", ADD, broken)])
    assert result.outcome.kind is OutcomeKind.UNSCORED
    assert result.outcome.passed is None


def test_a_failed_test_does_not_hide_those_after_it(executor: Executor) -> None:
    program = "def add(a, b):\n    return 3 if (a, b) == (1, 2) else 1 / 0"
    tests = AssertTests(statements=("assert add(0, 0) == 0", "assert add(1, 2) == 3", "assert add(1, 1) == 2"))
    (result,) = executor.run([job("one", program, tests)])
    assert result.outcome.cases == "FPF"
    assert result.outcome.reason == "test 1: ZeroDivisionError: division by zero"


def test_a_failure_before_a_hang_is_a_failure(executor: Executor) -> None:
    program = "def add(a, b):\n    while b == 0: pass\n    return 0"
    (result,) = executor.run([job("one", program, seconds=600.0)])
    assert (result.outcome.kind, result.outcome.cases) == (OutcomeKind.FAILED, "F?")
    assert result.outcome.seconds < 300.0


def test_behaviour_tells_programs_apart_by_what_they_return(executor: Executor) -> None:
    other = "from operator import add"
    jobs = [job("a", ADD), job("b", other), job("c", SUB), job("d", "def add(a, b):\n    return None")]
    behaviour = {result.key: result.outcome.behaviour for result in executor.run(jobs)}
    assert behaviour["a"] == behaviour["b"]
    assert len(set(behaviour.values())) == 3


def test_results_come_in_order_when_asked(executor: Executor) -> None:
    slow = "import time\ntime.sleep(0.3)\n" + ADD
    jobs = [job(str(number), slow if number % 10 == 0 else ADD) for number in range(40)]
    done: list[int] = []
    keys = [result.key for result in executor.run(jobs, ordered=True, progress=done.append)]
    assert keys == [str(number) for number in range(40)]
    assert sum(done) == 40


def test_jobs_are_drawn_as_room_allows(executor: Executor) -> None:
    drawn = 0

    def jobs() -> Iterator[ExecutionJob]:
        nonlocal drawn
        for number in range(10_000):
            drawn += 1
            yield job(str(number), ADD)

    results = executor.run(jobs())
    for _ in range(5):
        next(results)
    assert drawn < 100
    results.close()  # type: ignore[attr-defined]
    assert len(list(executor.run([job("after", ADD)]))) == 1


def test_closing_twice_is_safe_and_running_again_works(executor: Executor) -> None:
    executor.close()
    executor.close()
    (result,) = executor.run([job("one", ADD)])
    assert result.outcome.passed


@pytest.mark.parametrize(
    "body",
    [
        "    try:\n        exit()\n    except SystemExit:\n        return a + b",
        "    try:\n        quit(3)\n    except SystemExit as error:\n        return error.code * (a + b) // 3",
        "    help, copyright, credits, license\n    return a + b",
        "    return len(str(10 ** 50_000)) - 50_001 + int(str(10 ** 5_000)) // 10 ** 5_000 - 1 + a + b",
        "    import resource\n    hard = resource.getrlimit(resource.RLIMIT_STACK)[1]\n"
        "    resource.setrlimit(resource.RLIMIT_STACK, (hard, hard))\n    return a + b",
    ],
)
def test_a_function_has_what_an_interpreter_gives_a_script(executor: Executor, body: str) -> None:
    (result,) = executor.run([job("one", f"def add(a, b):\n{body}")])
    assert (result.outcome.kind, result.outcome.reason) == (OutcomeKind.PASSED, "")


def test_long_integers_are_converted_by_programs_and_tests(executor: Executor) -> None:
    tests = AssertTests(
        statements=(
            "assert add(10 ** 5_000, 1) == 10 ** 5_000 + 1",
            "assert str(add(10 ** 5_000, 1)) == '1' + '0' * 4_999 + '1'",
        )
    )
    printed = StdioTests(cases=(StdioCase(stdin="1" + "0" * 9_000, stdout="1" + "0" * 8_999 + "1"),))
    whole = job("whole", "print(int(input()) + 1)", printed)
    assert [r.outcome.reason for r in executor.run([job("one", ADD, tests), whole])] == ["", ""]


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("    assert candidate(1, 2) == 3\n    if candidate(0, 0) == 0:\n        return\n    assert False", "passed"),
        ("    try:\n        candidate(1, None)\n    except TypeError:\n        return\n    assert False", "passed"),
        ("    try:\n        candidate(1, 1)\n    except TypeError:\n        return\n    assert False", "failed"),
        (
            "    for a in range(3):\n        if candidate(a, 1) == 4:\n            return\n    raise ValueError",
            "failed",
        ),
        ("    def twice(a):\n        return candidate(a, a)\n    assert twice(1) == 2\n    return True", "passed"),
        ("    def twice(a):\n        return candidate(a, a)\n    assert twice(1) == 3\n    return True", "failed"),
    ],
)
def test_a_check_may_return_early(executor: Executor, body: str, kind: str) -> None:
    (result,) = executor.run([job("one", ADD, CheckTests(code=f"def check(candidate):\n{body}\n"))])
    assert result.outcome.kind.value == kind, result.outcome


def test_pairs_may_hold_integers_of_any_length(executor: Executor) -> None:
    tests = PairTests(cases=(PairCase(args=(10**5_000, 1), expected=10**5_000 + 1),))
    good, bad = executor.run([job("good", ADD, tests), job("bad", SUB, tests)], ordered=True)
    assert (good.outcome.kind, bad.outcome.kind) == (OutcomeKind.PASSED, OutcomeKind.FAILED)


@pytest.mark.parametrize("test", ["assert add(0, 0) == 5, add(0, 0)", "assert str(add(0, 0)) == '5'", "PAIRS"])
def test_an_integer_too_long_to_be_written_is_a_wrong_answer(executor: Executor, test: str) -> None:
    tests = (
        PairTests(cases=(PairCase(args=(0, 0), expected=5),)) if test == "PAIRS" else AssertTests(statements=(test,))
    )
    (result,) = executor.run([job("one", "def add(a, b):\n    return 10 ** 200_000", tests)])
    assert result.outcome.kind is OutcomeKind.FAILED, result.outcome


def test_a_right_output_may_be_longer_than_the_limit_of_output(executor: Executor) -> None:
    lines = "for n in range(200_000):\n    print({})\n"
    tests = StdioTests(cases=(StdioCase(stdin="", stdout="\n".join(map(str, range(200_000)))),))
    assert len(tests.cases[0].stdout) > Limits().output_bytes
    programs = {"good": "n", "longer": "f'{n}.0'", "flood": "'0' * 40, n"}
    good, longer, flood = executor.run(
        [job(name, lines.format(printed), tests) for name, printed in programs.items()], ordered=True
    )
    assert (good.outcome.kind, longer.outcome.kind) == (OutcomeKind.PASSED, OutcomeKind.PASSED), good.outcome
    assert flood.outcome.kind is OutcomeKind.FAILED
    assert "output limit" in flood.outcome.reason
