"""mypy inside the sandbox: what it rejects, what cannot switch it off, and what stops a whole call."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from passgap.arms.verifiers.type_check import FILES_AT_ONCE, check_types, without_comments
from passgap.execution import SandboxExecutor
from passgap.ports import Executor
from passgap.records import ExecutionResult, Outcome, OutcomeKind

RIGHT = "def f(x):\n    return x + 1"
UNTYPED = "def f(x):\n    return len(5)"
"""Wrong in a function without annotations, which mypy skips by default."""
OUTSIDE = "x = 1\nreturn x"
"""Parses, and stops mypy for all files of the call."""


@pytest.fixture(scope="module")
def executor() -> Iterator[Executor]:
    with SandboxExecutor(workers=1, packages=("mypy",)) as opened:
        yield opened


def test_a_type_error_rejects_its_program_alone_also_where_mypy_stops(executor: Executor) -> None:
    sources = [
        RIGHT,
        UNTYPED,
        OUTSIDE,
        "def f(x: int) -> int:\n    return str(x)",
        "import numpy\ndef f(x):\n    return numpy.no_such_function(x)",
        "def f(x):\n    nonlocal y\n    return x",
        "def f(a, a):\n    return a",
    ]
    found = check_types(sources, executor)
    accepted = [found[each].kind for each in sources]
    assert accepted[0] is OutcomeKind.PASSED and accepted[4] is OutcomeKind.PASSED, "unknown libraries are not checked"
    assert [kind for number, kind in enumerate(accepted) if number not in (0, 4)] == [OutcomeKind.FAILED] * 5
    assert found[RIGHT].cases == "P" and found[UNTYPED].reason == "mypy reports an error"


def test_comments_cannot_switch_it_off(executor: Executor) -> None:
    tricks = [
        "def f(x):\n    return len(5)  # type: ignore",
        "# mypy: ignore-errors\ndef f(x):\n    return len(5)",
        "# type: ignore\ndef f(x):\n    return len(5)",
    ]
    sources = [without_comments(each) or "" for each in tricks]
    assert set(sources) == {without_comments(UNTYPED)}
    assert check_types(sources[:1], executor)[sources[0]].kind is OutcomeKind.FAILED


def test_what_does_not_parse_is_not_given_to_mypy() -> None:
    assert without_comments("def f(:\n") is None
    assert without_comments("  \n") is None
    assert without_comments("x = 1  # one") == "x = 1"


class Broken:
    """An executor whose jobs are not run to their end, and that has seen what it was asked."""

    def __init__(self) -> None:
        self.jobs: list[object] = []

    def run(self, jobs: object, **_: object) -> Iterator[object]:
        for job in jobs:  # type: ignore[attr-defined]
            self.jobs.append(job)
            timeout = Outcome(kind=OutcomeKind.TIMEOUT, reason="not done", seconds=600.0, cases="PF")
            yield ExecutionResult(key=job.key, outcome=timeout)


def test_programs_that_got_no_answer_are_unscored_and_calls_are_bounded() -> None:
    broken = Broken()
    sources = [f"x = {number}" for number in range(FILES_AT_ONCE + 1)]
    found = check_types(sources, broken)  # type: ignore[arg-type]
    assert len(broken.jobs) == 2 and len(found) == len(sources)
    assert found[sources[0]].kind is OutcomeKind.FAILED, "the first was answered"
    assert found[sources[1]].kind is OutcomeKind.UNSCORED and "not done" in found[sources[1]].reason
