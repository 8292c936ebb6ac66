"""Calls whose answers are compared outside: what is the program's fault, and what is that of the tests."""

from __future__ import annotations

from typing import Any

import pytest

from passgap.execution import SandboxExecutor, UnprotectedExecutor
from passgap.execution.toolchains import MissingToolchain, found_toolchain
from passgap.records import CallCase, CallTests, ExecutionJob, Outcome, Tests

ADD = "const add = (a, b) => a + b;"


def calls(*cases: tuple[str, str], tolerance: float = 0.0, **more: Any) -> CallTests:
    made = tuple(CallCase(arguments=given, expected=value, abs_tol=tolerance) for given, value in cases)
    return CallTests(function="add", cases=made, **more)


def job(name: str, program: str, tests: Tests, language: str = "javascript") -> ExecutionJob:
    return ExecutionJob(key=name, program=program, tests=tests, language=language)


JOBS = {
    "right": job("right", ADD, calls(("1, 2", "3"), ("'a', 'b'", "'ab'"))),
    "right otherwise": job("right otherwise", "function add(a, b) { return b + a; }", calls(("1, 2", "3"))),
    "right the same": job("right the same", ADD, calls(("1, 2", "3"))),
    "one wrong": job("one wrong", ADD, calls(("1, 2", "3"), ("1, 1", "3"), ("2, 2", "4"))),
    "near": job("near", ADD, calls(("0.1, 0.2", "0.3"), tolerance=1e-9)),
    "not near": job("not near", ADD, calls(("0.1, 0.2", "0.3"))),
    "declared": job("declared", ADD, calls(("one, 2", "one + 2"), setup="const one = 1;")),
    "raises": job("raises", "function add() { throw new TypeError(); }", calls(("1, 2", "3"))),
    "undefined": job("undefined", "const other = 1;", calls(("1, 2", "3"))),
    "tests raise": job("tests raise", ADD, calls(("1, 2", "nothing.at.all"))),
    "tests break": job("tests break", ADD, calls(("1, 2", "3 +"))),
    "tests end": job("tests end", ADD, calls(("1, 2", "process.exit(0)"))),
    "python": job("python", "def add(a, b):\n    return a + b\n", calls(("1, 2", "3")), "python"),
    "surrogate": job("surrogate", ADD, calls((r"'\ud83d', '\ude00'", "'\U0001f600'"))),
}


@pytest.fixture(scope="module")
def outcomes() -> dict[str, Outcome]:
    try:
        found_toolchain("javascript")
    except MissingToolchain as missing:
        pytest.skip(str(missing))
    with SandboxExecutor(workers=1) as executor:
        return {result.key: result.outcome for result in executor.run(JOBS.values())}


@pytest.mark.parametrize(
    ("name", "kind", "reason", "cases"),
    [
        ("right", "passed", "", "PP"),
        ("one wrong", "failed", "test 2: expected 3, got 2", "PFP"),
        ("near", "passed", "", "P"),
        ("not near", "failed", "test 1: expected 0.3, got 0.30000000000000004", "F"),
        ("declared", "passed", "", "P"),
        ("raises", "failed", "test 1: raised 'TypeError'", "F"),
        ("undefined", "failed", "exit status 1", "?"),
        ("surrogate", "passed", "", "P"),
        (
            "tests raise",
            "unscored",
            "the tests themselves fail: the value expected by test 1 raises ReferenceError",
            None,
        ),
        (
            "tests break",
            "unscored",
            "the tests themselves fail: what they expect cannot be computed: exit status 1",
            None,
        ),
        ("tests end", "unscored", "the tests themselves fail: what they expect cannot be computed", None),
        ("python", "unscored", "Python programs cannot be run with tests of the style 'calls'", None),
    ],
)
def test_an_outcome_says_whose_fault_it_is(
    name: str, kind: str, reason: str, cases: str | None, outcomes: dict[str, Outcome]
) -> None:
    found = outcomes[name]
    assert (found.kind.value, found.cases) == (kind, cases), found.reason
    assert found.reason.startswith(reason)
    assert found.protocol == (None if kind == "unscored" else "outside")


def test_programs_that_answer_the_same_behave_the_same(outcomes: dict[str, Outcome]) -> None:
    assert outcomes["right otherwise"].behaviour == outcomes["right the same"].behaviour
    assert outcomes["right"].behaviour != outcomes["right the same"].behaviour
    assert outcomes["undefined"].behaviour is None


def test_without_a_jail_nothing_of_a_toolchain_is_run() -> None:
    with UnprotectedExecutor(workers=1) as executor:
        [result] = executor.run([JOBS["right"]])
    assert result.outcome.passed is None and "need the jail" in result.outcome.reason
