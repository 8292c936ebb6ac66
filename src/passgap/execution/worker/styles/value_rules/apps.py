"""The rule of APPS (Hendrycks et al. 2021) for the values of calls: the expected one, or the first of several."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .base import Case, Check, ValueRule
from .livecodebench import equals


class AppsValues(ValueRule):
    """``==``, a tuple on top as a list, with the expected value or, where that is a list, its first item.

    The set wraps the expected value of many problems in a list, and of others not.
    """

    name = "apps"

    def checks(self, cases: Sequence[Case], tests: Mapping[str, Any]) -> list[Check]:
        return [either(case.expected) for case in cases]


RULE = AppsValues()


def either(expected: Any) -> Check:
    """Return the check for one expected value."""
    whole = equals(expected)
    first = equals(expected[0]) if isinstance(expected, list) and expected else None
    return lambda value: whole(value) or (first is not None and first(value))
