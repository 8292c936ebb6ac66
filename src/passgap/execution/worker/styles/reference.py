"""Inputs whose expected values are those of a reference solution, which is run in the jail once."""

from __future__ import annotations

import json
import math
from typing import Any

from ..exchange.value_encoder import Encoder
from ..session.proxy import is_proxy, plain
from ..session.session import Session
from .case_results import CaseResults
from .failure_text import shown
from .tests_plan import Plan
from .unusable import TestsUnusable
from .value_rules import VALUE_RULES, Case, Check

NAMES = {"__builtins__": {}, "inf": math.inf, "nan": math.nan, "set": set, "frozenset": frozenset}
"""The names that the expressions of arguments may use."""


class ReferencePlan(Plan):
    """Makes all calls ahead and compares each value with the reference's, in the judge."""

    isolated = True

    def __init__(self, tests: dict[str, Any], entry_point: str | None) -> None:
        if not entry_point:
            raise TestsUnusable("a reference needs the name of the entry point")
        if tests["comparison"] not in VALUE_RULES:
            known = ", ".join(VALUE_RULES)
            raise TestsUnusable(f"there is no rule {tests['comparison']!r} to compare values by; known: {known}")
        self.reference = tests["program"]
        self._tests = tests
        self._arguments = [list(_value(text, number)) for number, text in enumerate(tests["calls"], start=1)]
        self._cases: list[Case] = []
        self._checks: list[Check] = []
        self.cases = len(self._arguments)
        encoder = Encoder(lambda value: None)
        calls = [[entry_point, [encoder.encode(arg) for arg in args], {}, False] for args in self._arguments]
        self.batch = json.dumps(calls, separators=(",", ":")).encode("ascii")
        self.names = (entry_point,)

    @property
    def recorder(self) -> Recorder:
        """The plan by which the reference's values are taken."""
        return Recorder(self)

    def expect(self, values: list[Any]) -> None:
        """Compare with these values of the reference from now on.

        Raises:
            TestsUnusable: one is an object that only the reference's process held.
        """
        for number, value in enumerate(values, start=1):
            if is_proxy(value):
                raise TestsUnusable(f"the reference returns an object of its own for input {number}")
        self._cases = [Case(args, value) for args, value in zip(self._arguments, values, strict=True)]
        self._checks = VALUE_RULES[self._tests["comparison"]].checks(self._cases, self._tests)
        self.reference = None

    def answer(self, session: Session, number: int) -> Any:
        """Return the value of one call; call it now if it was not made ahead."""
        if session.batched:
            return plain(session.observed(number))
        arguments = list(_value(self._tests["calls"][number], number + 1))
        return plain(session.call(session.entry_point(self.names[0]), arguments, {}))

    def judge(self, session: Session, results: CaseResults) -> None:
        """Compare every value with the reference's."""
        for number, (case, check) in enumerate(zip(self._cases, self._checks, strict=True)):
            try:
                value = self.answer(session, number)
                matches = check(value)
            except (Exception, SystemExit) as error:  # noqa: BLE001 - any exception fails the test
                results.failed(number, error)
                continue
            if matches:
                results.passed(number)
            else:
                results.failed(number, f"expected {shown(case.expected)}, got {shown(value)}")


class Recorder(Plan):
    """Takes the values of the reference, instead of comparing any."""

    isolated = True

    def __init__(self, plan: ReferencePlan) -> None:
        self._plan = plan
        self.cases, self.batch, self.names = plan.cases, plan.batch, plan.names
        self.values: list[Any] = []

    def judge(self, session: Session, results: CaseResults) -> None:
        """Take every value."""
        self.values = []
        for number in range(self.cases):
            self.values.append(self._plan.answer(session, number))
            results.passed(number)


def _value(text: str, number: int) -> Any:
    try:
        return eval(text, dict(NAMES))  # noqa: S307 - of trusted tests
    except Exception as error:
        raise TestsUnusable(f"the arguments of call {number} cannot be read: {error}") from error
