"""Inputs and expected outputs, compared by a named rule."""

from __future__ import annotations

import json
from typing import Any

from ..exchange.value_encoder import Encoder
from ..session.proxy import plain
from ..session.session import Session
from .case_results import CaseResults
from .failure_text import shown
from .prelude import Prelude
from .tests_plan import Plan
from .unusable import TestsUnusable
from .value_rules import VALUE_RULES, Case


class PairPlan(Plan):
    """Makes all calls ahead and compares each value in the judge."""

    isolated = True

    def __init__(self, tests: dict[str, Any], entry_point: str | None) -> None:
        if not entry_point:
            raise TestsUnusable("input and output pairs need the name of the entry point")
        if tests["comparison"] not in VALUE_RULES:
            known = ", ".join(VALUE_RULES)
            raise TestsUnusable(f"there is no rule {tests['comparison']!r} to compare values by; known: {known}")
        encoder = Encoder(lambda value: None)
        self._cases = [Case(case["args"], case["expected"]) for case in tests["cases"]]
        self._checks = VALUE_RULES[tests["comparison"]].checks(self._cases, tests)
        self.cases = len(self._cases)
        self.prelude = Prelude(tests["prelude"])
        self.one_instance = bool(tests["one_instance"])
        calls = [[entry_point, [encoder.encode(arg) for arg in case.args], {}, False] for case in self._cases]
        self.batch = json.dumps(calls, separators=(",", ":")).encode("ascii")
        self.names = (entry_point,)

    def judge(self, session: Session, results: CaseResults) -> None:
        """Compare every value with the expected one."""
        for number, (case, check) in enumerate(zip(self._cases, self._checks, strict=True)):
            try:
                if session.batched:
                    value = session.observed(number)
                else:
                    value = session.call(session.entry_point(self.names[0]), json.loads(json.dumps(case.args)), {})
                value = plain(value)
                matches = check(value)
            except (Exception, SystemExit) as error:  # noqa: BLE001 - any exception fails the test
                results.failed(number, error)
                continue
            if matches:
                results.passed(number)
            else:
                results.failed(number, f"expected {shown(case.expected)}, got {shown(value)}")
