"""Values that JSON can express, numbers within a tolerance."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

from .base import Case, Check, ValueRule

EXACT_INTEGERS = 1 << 53
"""Up to here floats hold every integer; beyond, the difference of two numbers is computed exactly."""


class JsonValues(ValueRule):
    """See :func:`agrees`."""

    name = "json"

    def checks(self, cases: Sequence[Case], tests: Mapping[str, Any]) -> list[Check]:
        abs_tol, rel_tol = tests["abs_tol"], tests["rel_tol"]

        def check(expected: Any) -> Check:
            return lambda value: agrees(value, expected, abs_tol, rel_tol)

        return [check(case.expected) for case in cases]


RULE = JsonValues()


def agrees(value: Any, expected: Any, abs_tol: float, rel_tol: float) -> bool:
    """Whether a value is the expected one, as far as JSON can express it.

    Tuples and numpy arrays count as lists, since JSON has no others; a dictionary may have integers, floats, booleans
    or None as keys, which JSON writes as text; booleans are not numbers. NaN equals NaN. Numbers compare within
    ``max(abs_tol, rel_tol * |expected|)`` if either of the two is not an integer, infinities by equality alone.
    """
    value = without_numpy(value)
    if isinstance(expected, bool) or isinstance(value, bool) or expected is None:
        return value is expected
    if isinstance(expected, int | float):
        return isinstance(value, int | float | Decimal | Fraction) and close(value, expected, abs_tol, rel_tol)
    if isinstance(expected, list):
        return (
            isinstance(value, list | tuple)
            and len(value) == len(expected)
            and all(agrees(*pair, abs_tol, rel_tol) for pair in zip(value, expected, strict=True))
        )
    if isinstance(expected, dict):
        if not isinstance(value, dict):
            return False
        found = {json_key(key): item for key, item in value.items()}
        return (
            len(found) == len(value)
            and found.keys() == expected.keys()
            and all(agrees(found[key], expected[key], abs_tol, rel_tol) for key in expected)
        )
    return isinstance(value, type(expected)) and bool(value == expected)


def without_numpy(value: Any) -> Any:
    """Return the list or number that a numpy array or scalar holds; anything else as it is."""
    numpy = sys.modules.get("numpy")
    if numpy is not None and isinstance(value, numpy.ndarray | numpy.generic):
        return value.tolist()
    return value


def json_key(key: Any) -> Any:
    """Return a dictionary's key as JSON writes it; one without a JSON form stays as it is and equals nothing."""
    key = without_numpy(key)
    if type(key) in (int, float, bool, type(None)):
        return json.dumps(key)
    return key


def close(value: float | Decimal | Fraction, expected: float, abs_tol: float, rel_tol: float) -> bool:
    """Whether two numbers are equal, or close enough if one of them is not an integer."""
    if is_nan(value) or is_nan(expected):
        return is_nan(value) and is_nan(expected)
    if value == expected or (isinstance(value, int) and isinstance(expected, int)):
        return value == expected
    if math.isinf(expected) or value in (math.inf, -math.inf):
        return False
    try:
        distance: float | Fraction = abs(float(value) - expected)
        if isinstance(value, int | float) and abs(expected) > EXACT_INTEGERS:
            distance = abs(Fraction(value) - Fraction(expected))
    except OverflowError:  # an integer or a fraction beyond the range of floats
        distance = abs(Fraction(value) - Fraction(expected))
    return distance <= max(abs_tol, rel_tol * abs(expected))


def is_nan(value: float | Decimal | Fraction) -> bool:
    """Whether a number is NaN; :func:`math.isnan` raises for a large integer and a signalling decimal."""
    return value.is_nan() if isinstance(value, Decimal) else value != value  # noqa: PLR0124
