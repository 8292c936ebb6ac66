"""Which tests of a problem are hidden."""

from __future__ import annotations

import pytest

from passgap.arms.self_training.pool_tests import has_tests, hidden_of, visible_part
from passgap.records import (
    AssertTests,
    CallCase,
    CallTests,
    CheckTests,
    PairCase,
    PairTests,
    Problem,
    StdioCase,
    StdioTests,
    Tests,
)


def problem(tests: Tests, language: str = "python") -> Problem:
    return Problem(id="p", prompt="Do it.", entry_point="f", tests=tests, source="a test", language=language)


@pytest.mark.parametrize(("count", "hidden"), [(1, 0), (2, 1), (3, 1), (4, 2), (6, 2), (30, 10)])
def test_the_last_third_is_hidden_and_a_single_test_is_not(count: int, hidden: int) -> None:
    statements = tuple(f"assert f({number})" for number in range(count))
    given = problem(AssertTests(setup="import math", statements=statements))
    assert hidden_of(given.tests) == hidden
    visible = visible_part(given).tests
    assert isinstance(visible, AssertTests)
    assert visible.statements == statements[: count - hidden] and visible.setup == "import math"


def test_tests_of_other_styles_are_split_where_each_stands_alone() -> None:
    pairs = PairTests(cases=tuple(PairCase(args=(number,), expected=1) for number in range(3)), abs_tol=0.5)
    visible = visible_part(problem(pairs)).tests
    assert isinstance(visible, PairTests) and len(visible.cases) == 2 and visible.abs_tol == 0.5
    runs = StdioTests(cases=tuple(StdioCase(stdin=str(number), stdout="1") for number in range(3)))
    assert hidden_of(runs) == 1
    calls = CallTests(function="f", cases=tuple(CallCase(arguments=str(number), expected="1") for number in range(3)))
    visible = visible_part(problem(calls, "typescript")).tests
    assert isinstance(visible, CallTests) and [case.arguments for case in visible.cases] == ["0", "1"]
    whole = problem(CheckTests(code="def check(candidate):\n    assert candidate(1)\n    assert candidate(2)\n"))
    assert hidden_of(whole.tests) == 0 and visible_part(whole) is whole


def test_tests_that_cannot_be_run_here_are_none() -> None:
    assert has_tests(problem(AssertTests(statements=("assert f(1)",))))
    assert not has_tests(problem(AssertTests(statements=("assert f(1)",)), "javascript"))
    calls = CallTests(function="f", cases=(CallCase(arguments="1", expected="2"),))
    assert has_tests(problem(calls, "javascript")) and not has_tests(problem(calls))
    assert not has_tests(problem(CheckTests(code=" \n")))
