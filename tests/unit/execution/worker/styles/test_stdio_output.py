"""Printed output against expected output: LiveCodeBench's rules, and tolerances."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from passgap.execution.worker.styles.output_rules.lines import Expected
from passgap.execution.worker.styles.stdio import StdioPlan
from passgap.records import StdioCase, StdioTests


def right(expected: str, output: str, abs_tol: float = 0.0, rel_tol: float = 0.0) -> bool:
    return Expected(expected, abs_tol, rel_tol).mismatch(output) is None


@pytest.mark.parametrize(
    ("expected", "output"),
    [
        ("1 2 3", "1 2 3\n"),
        ("1 2 3\n", "  1 2 3  \n\n\n"),
        ("1\n2", "1  \r\n  2\r\n"),
        ("", "\n \n"),
        ("2", "2.0"),
        ("0.5", "0.500"),
        ("0.50", ".5"),
        ("5.", "5"),
        ("-0", "0"),
        ("+5", "5"),
        ("007", "7"),
        ("1e3", "1000.00"),
        ("1E400", "10e399"),
        ("1 2.0 3", "1.0   2\t3.00"),
        ("12345678901234567890123", "12345678901234567890123.0"),
        ("inf", "Infinity"),
        ("nan", "nan"),
        ("YES\n1.50", "YES\n1.5"),
        ("9" * 5000, "9" * 5000 + ".0"),
        ("1e999999999999999999999", "1e999999999999999999999"),
    ],
)
def test_right_outputs(expected: str, output: str) -> None:
    assert right(expected, output)


@pytest.mark.parametrize(
    ("expected", "output"),
    [
        ("1 2 3", "1\n2\n3"),
        ("1\n2\n3", "1 2 3"),
        ("1\n2", "1\n\n2"),
        ("1", ""),
        ("", "0"),
        ("1 2", "12"),
        ("YES", "yes"),
        ("YES NO", "YES  NO"),
        ("0.5", "0.5000001"),
        ("50000000000000000", "50000000000000001"),
        ("0.1", "0.1000000000000000055511151231257827021181583404541015625"),
        ("1000", "1_000"),
        ("16", "0x10"),
        ("3", "\u0663"),
        ("1", "True"),
        ("nan", "NaN"),
        ("inf", "-inf"),
        ("1", "1e400"),
        ("x = 0.5", "x = 0.50"),
        ("1e5", "1e5 "[:2]),
        ("[1, 2]", "[1,2]"),
        ("1", "1e999999999999999999999"),
    ],
)
def test_wrong_outputs(expected: str, output: str) -> None:
    assert not right(expected, output)


NUMBERS = st.one_of(st.integers().map(str), st.decimals(allow_nan=False).map(str), st.floats().map(repr))
WORDS = st.one_of(NUMBERS, st.sampled_from(["a", "YES", "nan", "-", "1.", ".5", "+1", "1e2", "0x1", "--1"]))
LINES = st.lists(st.lists(WORDS, max_size=3).map(" ".join), max_size=4).map("\n".join)


def graded(expected: str, output: str) -> bool:
    """LiveCodeBench's rules, written once more in their own order."""
    ours, theirs = ([line.strip() for line in text.strip().split("\n")] for text in (output, expected))
    if len(ours) != len(theirs):
        return False
    for line, wanted in zip(ours, theirs, strict=True):
        if line == wanted:
            continue
        try:
            if [Decimal(word) for word in line.split()] != [Decimal(word) for word in wanted.split()]:
                return False
        except InvalidOperation:
            return False
    return True


@given(LINES, LINES)
def test_any_outputs_are_compared_as_livecodebench_does(expected: str, output: str) -> None:
    assert right(expected, output) == graded(expected, output)


@given(st.lists(st.decimals(allow_nan=False, allow_infinity=False), min_size=1), st.integers(0, 5))
def test_a_number_equals_itself_with_more_zeros(numbers: list[Decimal], zeros: int) -> None:
    plain = " ".join(format(number, "f") for number in numbers)
    longer = " ".join(text + ("" if "." in text else ".") + "0" * zeros for text in plain.split())
    assert right(plain, longer)
    assert right(longer, plain)


@pytest.mark.parametrize(
    ("expected", "output", "abs_tol", "rel_tol", "same"),
    [
        ("0.333333333", "0.3333333333333333", 1e-6, 0.0, True),
        ("0.333333333", "0.3334", 1e-6, 0.0, False),
        ("1000000", "1000001", 0.0, 1e-6, True),
        ("1000000", "1000001.1", 0.0, 1e-6, False),
        ("-1000000", "-1000001", 0.0, 1e-6, True),
        ("1", "1.1", 0.1, 0.0, True),
        ("0", "1e-7", 0.0, 1e-6, False),
        ("50000000000000000", "50000000000000001", 0.5, 0.0, False),
        ("Case #1: 0.5", "Case #1: 0.50000001", 1e-6, 0.0, True),
        ("Case #1: 0.5", "Case #2: 0.5", 1e-6, 0.0, False),
        ("a 1.0", "b 1.0", 1.0, 1.0, False),
        ("1 2", "1\n2", 1.0, 0.0, False),
        ("1 2", "1 2 3", 1.0, 0.0, False),
        ("inf", "1e400", 1e300, 1e300, False),
        ("1", "inf", 1.0, 1.0, False),
        ("1", "nan", 1.0, 1.0, False),
        ("nan", "1", 1.0, 1.0, False),
        ("inf", "inf", 1e-6, 0.0, True),
        ("1e999999999", "1", 1e-6, 1e-6, False),
        ("1e-999999999", "0", 1e-6, 0.0, True),
    ],
)
def test_tolerances(expected: str, output: str, abs_tol: float, rel_tol: float, same: bool) -> None:
    assert right(expected, output, abs_tol, rel_tol) is same


def test_a_case_has_its_own_tolerance() -> None:
    tests = StdioTests(
        cases=(
            StdioCase(stdin="", stdout="1.0"),
            StdioCase(stdin="", stdout="1.0", abs_tol=0.0),
            StdioCase(stdin="", stdout="1.0", abs_tol=0.5),
        ),
        abs_tol=0.1,
    )
    plan = StdioPlan(tests.model_dump())
    assert [plan.mismatch(case, b"1.05") is None for case in range(3)] == [True, False, True]
    assert [plan.mismatch(case, b"1.4") is None for case in range(3)] == [False, False, True]


@pytest.mark.parametrize("bad", [-1.0, float("nan"), float("inf")])
def test_a_tolerance_is_a_number_of_some_size(bad: float) -> None:
    with pytest.raises(ValidationError):
        StdioTests(cases=(StdioCase(stdin="", stdout=""),), abs_tol=bad)
    with pytest.raises(ValidationError):
        StdioCase(stdin="", stdout="", rel_tol=bad)


@pytest.mark.parametrize(
    ("expected", "output", "text"),
    [
        ("1 2", "1\n2", "expected 1 line of output, got 2 lines"),
        ("1\n2", "", "expected 2 lines of output, got no line"),
        ("a\nb", "a\nc", "line 2: expected 'b', got 'c'"),
    ],
)
def test_what_is_said(expected: str, output: str, text: str) -> None:
    assert Expected(expected).mismatch(output) == text


def test_bytes_that_are_no_text_are_a_wrong_output() -> None:
    plan = StdioPlan(StdioTests(cases=(StdioCase(stdin="", stdout="1"),)).model_dump())
    assert plan.mismatch(0, b"1\xff") is not None
