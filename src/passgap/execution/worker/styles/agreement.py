"""Equality of an answer and an expected value, both read from what a harness wrote down.

Numbers are equal by value: 0.0 equals -0.0, and a floating-point number the integer of the same value. NaN equals NaN.
An integer differs from a floating-point number by a language's own rule alone (PHP). Texts, characters, numbers and
booleans differ, whatever a language's loose comparison says. Sequences are equal item by item, sets and maps in any
order; a tuple is not a list.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

from .answers import Number, Tagged

INTEGERS_ARE_NO_FLOATS = "integers-are-no-floats"
MOST_UNORDERED = 2000
"""The most members of a set or map that are compared with each other."""


def agrees(answer: Any, expected: Any, abs_tol: float = 0.0, rules: frozenset[str] = frozenset()) -> bool:
    """Whether an answer is the expected value; numbers in it may differ by ``abs_tol``."""
    first, second = (_numeric(each) for each in (answer, expected))
    if first is not None or second is not None:
        if INTEGERS_ARE_NO_FLOATS in rules and type(answer) is not type(expected):
            return False
        return first is not None and second is not None and _close(first, second, abs_tol)
    if isinstance(expected, list):
        return isinstance(answer, list) and _in_order(answer, expected, abs_tol, rules)
    if isinstance(expected, Tagged):
        return isinstance(answer, Tagged) and answer.tag == expected.tag and _tagged(answer, expected, abs_tol, rules)
    return type(answer) is type(expected) and bool(answer == expected)


def _numeric(value: Any) -> Fraction | float | None:
    if isinstance(value, int) and not isinstance(value, bool):
        return Fraction(value)
    return value.value if isinstance(value, Number) else None


def _close(first: Fraction | float, second: Fraction | float, abs_tol: float) -> bool:
    if isinstance(first, Fraction) and isinstance(second, Fraction):
        return first == second or abs(first - second) <= Fraction(abs_tol)
    if isinstance(first, float) and isinstance(second, float) and math.isnan(first):
        return math.isnan(second)
    return first == second


def _tagged(answer: Tagged, expected: Tagged, abs_tol: float, rules: frozenset[str]) -> bool:
    if expected.tag == "x":
        return False
    if expected.tag == "t":
        return _in_order(answer.value, expected.value, abs_tol, rules)
    if expected.tag == "s":
        return _in_any_order(answer.value, expected.value, abs_tol, rules)
    if expected.tag in ("m", "r"):
        pairs = [[list(each) for each in side.value] for side in (answer, expected)]
        return _in_any_order(pairs[0], pairs[1], abs_tol, rules)
    return agrees(answer.value, expected.value, abs_tol, rules)


def _in_order(answer: list[Any], expected: list[Any], abs_tol: float, rules: frozenset[str]) -> bool:
    return len(answer) == len(expected) and all(
        agrees(*pair, abs_tol, rules) for pair in zip(answer, expected, strict=True)
    )


def _in_any_order(answer: list[Any], expected: list[Any], abs_tol: float, rules: frozenset[str]) -> bool:
    """Whether each expected member has one of its own among the answer's."""
    if len(answer) != len(expected) or len(expected) > MOST_UNORDERED:
        return False
    left = list(answer)
    for member in expected:
        place = next((at for at, each in enumerate(left) if agrees(each, member, abs_tol, rules)), None)
        if place is None:
            return False
        del left[place]
    return True


def readable(value: Any) -> Any:
    """A value as a person reads it in a message: without the types that JSON lacks."""
    if isinstance(value, Number):
        number = value.value
        return int(number) if isinstance(number, Fraction) and number.denominator == 1 else float(number)
    if isinstance(value, list):
        return [readable(each) for each in value]
    if not isinstance(value, Tagged):
        return value
    if value.tag in ("m", "r"):
        return [(readable(key), readable(item)) for key, item in value.value]
    return tuple(readable(each) for each in value.value) if value.tag == "t" else readable(value.value)


def written(value: Any) -> Any:
    """A value as JSON that is the same for values that agree without a tolerance, members in order aside."""
    if isinstance(value, Number):
        value = value.value
        if isinstance(value, Fraction):
            return value.numerator if value.denominator == 1 else ["f", value.numerator, value.denominator]
        return ["f", repr(value)]
    if isinstance(value, list | tuple):
        return ["l", *(written(each) for each in value)]
    if isinstance(value, Tagged):
        inner = written(value.value)
        return [value.tag, sorted(inner[1:], key=repr) if value.tag in ("s", "m", "r") else inner]
    return value
