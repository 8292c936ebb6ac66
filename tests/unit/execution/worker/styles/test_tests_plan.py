"""The calls that a plan makes of a program, and when all of them can be made at once."""

from __future__ import annotations

import json
import math
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from passgap.execution.worker.styles import plan_for
from passgap.execution.worker.styles.unusable import TestsUnusable
from passgap.execution.worker.styles.value_rules.json_values import agrees


def asserts(*statements: str, setup: str = "") -> Any:
    return plan_for({"style": "asserts", "setup": setup, "statements": list(statements)}, None)


def check(code: str, entry_point: str | None = "f") -> Any:
    return plan_for({"style": "check", "code": code}, entry_point)


def test_constant_calls_are_made_ahead_in_order() -> None:
    plan = asserts("assert f(1, x=2) == 3", "assert set(f(2 * 3)) == {1}", "assert not f('a' + 'b')")
    assert json.loads(plan.batch) == [["f", [1], {"x": 2}, False], ["f", [6], {}, False], ["f", ["ab"], {}, False]]
    assert plan.names == ("f",)


@pytest.mark.parametrize(
    "statement",
    [
        "assert f(g(1)) == 2",
        "assert all(f(x) for x in [1, 2])",
        "assert True or f(1)",
        "assert f(*[1]) == 1",
        "assert f(open) == 1",
        "assert f == 1",
    ],
)
def test_any_other_use_is_asked_in_turn(statement: str) -> None:
    plan = asserts("assert f(1) == 1", statement)
    assert plan.batch is None
    assert "f" in plan.names


def test_no_expected_value_is_in_what_the_program_is_sent() -> None:
    plan = asserts("assert f(1) == 987654321", setup="import math\nANSWER = 987654321\nclass Node:\n    pass")
    assert b"987654321" not in plan.batch
    assert "987654321" not in plan.imports
    assert "import math" in plan.imports
    assert "class Node" in plan.imports


def test_the_check_may_name_its_own_entry_point() -> None:
    plan = check("def check(candidate):\n    assert candidate(1) == 1\ncheck(g)", None)
    assert json.loads(plan.batch) == [["g", [1], {}, False]]


def test_each_statement_that_tests_something_is_a_case() -> None:
    code = (
        "def check(c):\n    x = 3\n    assert c(1) == x\n    assert True\n    for n in range(3):\n        assert c(n)\n"
    )
    assert check(code).cases == 2


@pytest.mark.parametrize("code", ["x = 1", "def check():\n    pass", "def check(c:\n"])
def test_checks_that_cannot_be_used_say_so(code: str) -> None:
    with pytest.raises(TestsUnusable):
        check(code)


def test_a_builtin_that_the_problem_asks_for_is_the_programs() -> None:
    assert json.loads(asserts("assert sum(1, 2) == 3", "assert sum(2, 2) == 4").batch)[0] == ["sum", [1, 2], {}, False]


@pytest.mark.parametrize(
    ("value", "expected", "agree"),
    [
        (1.05, 1.0, True),
        (1.2, 1.0, False),
        (1, 1.0, True),
        (2, 1, False),
        (True, 1, False),
        (1, True, False),
        ((1, [2.0]), [1, [2]], True),
        ([1], [1, 2], False),
        ({"a": 1.01}, {"a": 1}, True),
        ({"a": 1}, {"b": 1}, False),
        (None, None, True),
        ("1", 1, False),
        (float("nan"), 1.0, False),
        (float("inf"), float("inf"), True),
        (5.0, float("inf"), False),
        (float("-inf"), float("inf"), False),
        (float("inf"), float("-inf"), False),
        (float("inf"), 1.0, False),
        (float("nan"), float("nan"), True),
        (1.0, float("nan"), False),
        ([5.0, {"a": (float("nan"),)}], [5, {"a": [float("nan")]}], True),
        ([5.0], [float("inf")], False),
        ({"a": 5.0}, {"a": float("inf")}, False),
        (10**400, float("inf"), False),
        (10**400, 1.0, False),
        (-1e16, -9999999999999999, False),
        (-1e16, -(10**16), True),
        (10**400, 10**400, True),
        (10**400 + 1, 10**400, False),
        (Fraction(10**400, 3), 1.0, False),
        (Decimal("1.05"), 1.0, True),
        (Decimal("NaN"), float("nan"), True),
        (Decimal("NaN"), 1.0, False),
        (Decimal("Infinity"), float("inf"), True),
        (Decimal("Infinity"), 1.0, False),
        (-1.05, -1.0, True),
        (-1.2, -1.0, False),
        (-0.0, 0.0, True),
        (1 + 0j, 1, False),
        (True, True, True),
        (True, 1.0, False),
        (0, False, False),
        (None, 0, False),
        (0, None, False),
        ("", None, False),
        ("1", 1.0, False),
        (1, "1", False),
        ({1: "a"}, {"1": "a"}, True),
        ({None: 1, True: 2, 1.5: 3}, {"null": 1, "true": 2, "1.5": 3}, True),
        ({1: "a", "1": "a"}, {"1": "a"}, False),
        ({(1, 2): "a"}, {"(1, 2)": "a"}, False),
        ({1, 2}, [1, 2], False),
        ("ab", ["a", "b"], False),
        (range(2), [0, 1], False),
        (np.array([1, 2]), [1, 2], True),
        (np.array([[1.01], [2.0]]), [[1], [2]], True),
        (np.array([1, 3]), [1, 2], False),
        (np.float32(0.1), 0.1, True),
        (np.int64(3), 3, True),
        (np.bool_(True), True, True),
        (np.bool_(True), 1, False),
        ([np.int64(3)], [3], True),
    ],
)
def test_tolerances(value: Any, expected: Any, agree: bool) -> None:
    assert agrees(value, expected, abs_tol=0.1, rel_tol=0.0) is agree


def test_relative_tolerance_never_reaches_an_infinity() -> None:
    for value in (5.0, -math.inf, 1e308, 10**400, None, "inf"):
        assert not agrees(value, math.inf, abs_tol=1e9, rel_tol=1e-6)
        assert not agrees([value], [math.inf], abs_tol=0.0, rel_tol=1e-6)


@given(st.floats() | st.integers(), st.floats() | st.integers(), st.floats(0, 1e6), st.floats(0, 1))
def test_numbers_agree_as_math_says_they_are_close(a: float, b: float, abs_tol: float, rel_tol: float) -> None:
    """Nothing that :func:`math.isclose` calls far apart agrees, but for NaN."""
    if agrees(a, b, abs_tol, rel_tol) and not (a != a and b != b):
        assert math.isclose(a, b, rel_tol=rel_tol, abs_tol=abs_tol)
