"""Inputs and expected outputs, with tolerances for floats."""

from __future__ import annotations

import json
from decimal import Decimal
from fractions import Fraction
from typing import Any

from ..remote import plain
from ..session import Session
from ..values import Encoder
from .base import Plan, Record, TestsUnusable


class PairPlan(Plan):
    """Makes all calls ahead and compares each value outside."""

    def __init__(self, tests: dict[str, Any], entry_point: str | None) -> None:
        if not entry_point:
            raise TestsUnusable("input and output pairs need the name of the entry point")
        encoder = Encoder(lambda value: None)
        self._expected = [case["expected"] for case in tests["cases"]]
        self._abs_tol, self._rel_tol = tests["abs_tol"], tests["rel_tol"]
        self.cases = len(self._expected)
        calls = [[entry_point, [encoder.encode(arg) for arg in case["args"]], {}, False] for case in tests["cases"]]
        self.batch = json.dumps(calls, separators=(",", ":")).encode("ascii")

    def judge(self, session: Session, values: dict[str, Any], record: Record) -> None:
        """Compare every value with the one expected."""
        for case, expected in enumerate(self._expected):
            try:
                value = plain(session.observed(case))
                matches = agrees(value, expected, self._abs_tol, self._rel_tol)
            except (Exception, SystemExit) as error:  # noqa: BLE001 - any exception fails the test
                record.failed(case, error)
                continue
            if matches:
                record.passed(case)
            else:
                record.failed(case, f"expected {expected!r:.100}, got {value!r:.100}")


def agrees(value: Any, expected: Any, abs_tol: float, rel_tol: float) -> bool:
    """Whether a value is the expected one: tuples count as lists, as JSON has no tuples, and booleans are no numbers.

    Numbers compare within ``max(abs_tol, rel_tol * |expected|)`` where either of the two is not a whole number.
    """
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
        return (
            isinstance(value, dict)
            and value.keys() == expected.keys()
            and all(agrees(value[key], expected[key], abs_tol, rel_tol) for key in expected)
        )
    return isinstance(value, type(expected)) and bool(value == expected)


def close(value: float | Decimal | Fraction, expected: float, abs_tol: float, rel_tol: float) -> bool:
    """Whether two numbers are equal, or near enough where one of them is not a whole number."""
    if value == expected or (isinstance(value, int) and isinstance(expected, int)):
        return value == expected
    return abs(float(value) - expected) <= max(abs_tol, rel_tol * abs(expected))
