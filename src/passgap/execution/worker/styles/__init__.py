"""How each style of tests is judged: a :class:`~.base.Plan` is made once for a problem and used for each sample."""

from __future__ import annotations

from typing import Any

from .asserts import AssertPlan
from .check import CheckPlan
from .pairs import PairPlan
from .plan import Plan
from .pytest_file import PytestPlan
from .unusable import TestsUnusable

PLANS: dict[str, type[Plan]] = {
    "asserts": AssertPlan,
    "check": CheckPlan,
    "pairs": PairPlan,
    "pytest": PytestPlan,
}


def plan_for(tests: dict[str, Any], entry_point: str | None) -> Plan:
    """Return the plan for tests in the form of their record's JSON.

    Raises:
        TestsUnusable: the tests themselves cannot be used; no sample of theirs can be scored.
    """
    try:
        return PLANS[tests["style"]](tests, entry_point)
    except (SyntaxError, ValueError, RecursionError) as error:
        raise TestsUnusable(f"the tests cannot be compiled: {type(error).__name__}: {error}") from error
