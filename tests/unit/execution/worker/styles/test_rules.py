"""Named rules about values and output: EvalPlus's with its special cases, APPS's and CodeContests'."""

from __future__ import annotations

import math
from typing import Any

import pytest

from passgap.execution.worker.styles.output_rules import OUTPUT_RULES
from passgap.execution.worker.styles.value_rules import VALUE_RULES, Case
from passgap.execution.worker.styles.value_rules.evalplus import ORACLES


def agree(rule: str, pairs: list[tuple[Any, Any]], *, oracle: str | None = None, abs_tol: float = 0.0) -> list[bool]:
    """Whether each value agrees with the expected one beside it."""
    tests = {"abs_tol": abs_tol, "rel_tol": 0.0, "oracle": oracle}
    checks = VALUE_RULES[rule].checks([Case((), expected) for _, expected in pairs], tests)
    return [check(value) for check, (value, _) in zip(checks, pairs, strict=True)]


def test_every_rule_is_found_by_its_name() -> None:
    assert set(VALUE_RULES) == {"json", "livecodebench", "ml-ssd", "evalplus", "apps"}
    assert set(OUTPUT_RULES) == {"lines", "tokens-lower-1e-5"}


def test_evalplus_gets_a_tolerance_at_the_first_float_and_keeps_it() -> None:
    assert agree("evalplus", [(1, 1.0000001), (1.0000001, 1), (1.0, 1)]) == [False, False, True]
    assert agree("evalplus", [(1.0000001, 1), (2.0, 2.0000001), (2.0000001, 2.0)]) == [False, True, True]
    assert agree("evalplus", [([1.0], [1.0000001]), ([1.0], (1.0000001,)), ([], [])]) == [True, False, True]
    assert agree("evalplus", [("a", "b"), (None, None), ({1}, {1}), (math.nan, 1.0)]) == [False, True, True, False]
    assert agree("evalplus", [(1.4, 1.0), (1.6, 1.0)], abs_tol=0.5) == [True, False]


@pytest.mark.parametrize(
    ("oracle", "args", "expected", "right", "wrong"),
    [
        ("root-of-polynomial", ([-2.0, 1.0],), 7.0, 2.0, 7.0),
        ("same-items", (), (1, 2), [2, 1, 1], [1]),
        ("something", (), True, "match", None),
        ("something", (), False, None, True),
        ("or-always-true", (), False, True, 1),
        ("or-zero", (), 5, 0, 1),
        ("or-surface-area", (3, 4), 0, 35, 33),
        ("or-digit-distance", (23, 156), 6, 7, 5),
    ],
)
def test_the_special_cases_of_evalplus(oracle: str, args: Any, expected: Any, right: Any, wrong: Any) -> None:
    tests = {"abs_tol": 1e-4, "rel_tol": 0.0, "oracle": oracle}
    (check,) = VALUE_RULES["evalplus"].checks([Case(args, expected)], tests)
    if oracle in ("or-digit-distance",):
        first, second = map(str, args)
        right = sum(abs(int(a) - int(b)) for a, b in zip(first.zfill(3), second, strict=True))
    assert (check(right), check(wrong)) == (True, False)


def test_every_special_case_has_a_test() -> None:
    assert len(ORACLES) == 7


def test_apps_takes_the_expected_value_or_the_first_of_a_list() -> None:
    assert agree("apps", [(1, [1]), ([1], [1]), ((1, 2), [[1, 2]]), (2, [1, 2]), (1, 1)]) == [
        True,
        True,
        True,
        False,
        True,
    ]


@pytest.mark.parametrize(
    ("output", "right"),
    [("yes 0.33333\n", True), ("YES\n0.333329", True), ("yes 0.3334", False), ("yes", False), ("yes nan", False)],
)
def test_code_contests_compares_words_and_numbers(output: str, right: bool) -> None:
    expected = OUTPUT_RULES["tokens-lower-1e-5"].expected("Yes 0.333333", 0.0, 0.0)
    assert (expected.mismatch(output) is None) is right
