"""The rule of LiveCodeBench's own grader (``lcb_runner/evaluation/testing_util.py``) for values: ``==``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...session.proxy import is_proxy
from .base import Case, Check, ValueRule


class LiveCodeBenchValues(ValueRule):
    """Python's ``==``: ``True`` equals 1 and ``1.0`` equals 1; no tolerance; an inner tuple is no list.

    It differs in one thing: an object of a class of the program's own is never right, whatever its ``__eq__`` says.
    """

    name = "livecodebench"

    def checks(self, cases: Sequence[Case], tests: Mapping[str, Any]) -> list[Check]:
        return [equals(case.expected) for case in cases]


RULE = LiveCodeBenchValues()


def equals(expected: Any) -> Check:
    """Return the check for one expected value."""

    def check(value: Any) -> bool:
        if is_proxy(value):
            return False
        return bool((list(value) if isinstance(value, tuple) else value) == expected)

    return check
