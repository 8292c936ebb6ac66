"""The rule of EvalPlus (Liu et al. 2023, arXiv 2305.01210; ``evalplus/eval/__init__.py``), with its special cases."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ...session.proxy import is_proxy
from .base import Case, Check, ValueRule

RELATIVE = 1e-7
FLOAT_TOLERANCE = 1e-6
"""The tolerance from the first expected float on, where the problem states none."""

Oracle = Callable[[Any, Case, float], bool]
"""Whether a value is right for a case within a tolerance, whatever the rule says."""


class EvalPlusValues(ValueRule):
    """``==``, and where a tolerance holds, numbers within it in values of the same type.

    A tolerance of zero becomes :data:`FLOAT_TOLERANCE` at the first expected value that is a float or a list of floats,
    and stays so for the cases after it. An object of a class of the program's own is never right.
    """

    name = "evalplus"

    def checks(self, cases: Sequence[Case], tests: Mapping[str, Any]) -> list[Check]:
        oracle = ORACLES[tests["oracle"]] if tests.get("oracle") else None
        tolerance, found = float(tests["abs_tol"]), []
        for case in cases:
            # The oracles of single problems see the tolerance before it is raised, as in EvalPlus.
            before = tolerance
            if tolerance == 0 and is_floats(case.expected):
                tolerance = FLOAT_TOLERANCE
            found.append(_check(case, before, tolerance, oracle))
        return found


RULE = EvalPlusValues()


def _check(case: Case, before: float, tolerance: float, oracle: Oracle | None) -> Check:
    def check(value: Any) -> bool:
        if is_proxy(value):
            return False
        if oracle is root_of_polynomial:
            return oracle(value, case, before)
        equal = bool(value == case.expected) if oracle is None else oracle(value, case, before)
        if equal or tolerance == 0:
            return equal
        return type(value) is type(case.expected) and near(value, case.expected, tolerance)

    return check


def is_floats(value: Any) -> bool:
    """Whether a value is a float, or a list or tuple of floats that is not empty."""
    if isinstance(value, list | tuple):
        return bool(value) and all(isinstance(each, float) for each in value)
    return isinstance(value, float)


def near(value: Any, expected: Any, tolerance: float) -> bool:
    """Whether numbers, alone or in nested lists, are within ``tolerance + RELATIVE * |expected|`` of the expected."""
    if isinstance(expected, list | tuple):
        return (
            isinstance(value, list | tuple)
            and len(value) == len(expected)
            and all(near(one, other, tolerance) for one, other in zip(value, expected, strict=True))
        )
    if not (isinstance(value, int | float | complex) and isinstance(expected, int | float | complex)):
        return False
    if value == expected:
        return True
    distance = abs(value - expected)
    return math.isfinite(distance) and distance <= tolerance + RELATIVE * abs(expected)


def root_of_polynomial(value: Any, case: Case, tolerance: float) -> bool:
    """Whether a value is a root of the polynomial with the given coefficients (HumanEval/32, ``find_zero``)."""
    coefficients = case.args[0]
    return bool(abs(sum(each * math.pow(value, power) for power, each in enumerate(coefficients))) <= tolerance)


def same_items(value: Any, case: Case, tolerance: float) -> bool:
    """Whether both hold the same items, in any order and as often as they like."""
    return set(value) == set(case.expected)


def something(value: Any, case: Case, tolerance: float) -> bool:
    """Whether a match was found or not: a boolean says so itself, anything else by not being None."""
    return bool((value if isinstance(value, bool) else value is not None) == case.expected)


def or_always_true(value: Any, case: Case, tolerance: float) -> bool:
    """Whether a value is the expected one, or True (Mbpp/164, whose description leaves that open)."""
    return bool(value == case.expected or value is True)


def or_zero(value: Any, case: Case, tolerance: float) -> bool:
    """Whether a value is the expected one, or zero (Mbpp/295)."""
    return value in (case.expected, 0)


def or_surface_area(value: Any, case: Case, tolerance: float) -> bool:
    """Whether a value is the expected one, or the rounded surface of the pyramid of that height (Mbpp/581)."""
    edge, height = case.args[:2]
    surface = round(edge**2 + 4 * (edge * math.sqrt((edge / 2) ** 2 + height**2)) / 2)
    return bool(value == case.expected or abs(value - surface) <= tolerance)


def or_digit_distance(value: Any, case: Case, tolerance: float) -> bool:
    """Whether a value is the expected one, or the distance between digits at the same places (Mbpp/558)."""
    first, second = map(str, case.args[:2])
    longest = max(len(first), len(second))
    pairs = zip(first.zfill(longest), second.zfill(longest), strict=True)
    return bool(value == case.expected or value == sum(abs(int(one) - int(other)) for one, other in pairs))


ORACLES: Mapping[str, Oracle] = {
    oracle.__name__.replace("_", "-"): oracle
    for oracle in (
        root_of_polynomial,
        same_items,
        something,
        or_always_true,
        or_zero,
        or_surface_area,
        or_digit_distance,
    )
}
"""The special cases by name."""
