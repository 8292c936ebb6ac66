"""The rule of apple/ml-ssd's evaluation of functions (``evaluation/livecodebench_utils.py``): values as printed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...session.proxy import is_proxy
from ..output_rules.lines import Expected
from .base import Case, Check, ValueRule


class MlSsdValues(ValueRule):
    """``str()`` of both values, line by line, as text or as decimal numbers; a tuple on top is printed as a list.

    ``[0.0]`` is not ``[0]``, ``True`` is not 1, and the text ``1.5`` is the number 1.5. It differs in one thing: an
    object of a class of the program's own is never right, whatever it prints.
    """

    name = "ml-ssd"

    def checks(self, cases: Sequence[Case], tests: Mapping[str, Any]) -> list[Check]:
        return [prints(case.expected) for case in cases]


RULE = MlSsdValues()


def prints(expected: Any) -> Check:
    """Return the check for one expected value."""
    wanted = Expected(text_of(expected))

    def check(value: Any) -> bool:
        if is_proxy(value):
            return False
        return wanted.mismatch(text_of(list(value) if isinstance(value, tuple) else value)) is None

    return check


def text_of(value: Any) -> str:
    """Return a text as it is, and ``str()`` of anything else."""
    return value if isinstance(value, str) else str(value)
