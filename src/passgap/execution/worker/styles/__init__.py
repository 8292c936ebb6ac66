"""The styles of tests that call a program's functions: a :class:`~.tests_plan.Plan` is made once per problem."""

from __future__ import annotations

from typing import Any

from .asserts import AssertPlan
from .check_function import CheckPlan
from .pairs import PairPlan
from .pytest_file import PytestPlan
from .reference import ReferencePlan
from .tests_plan import Plan
from .unusable import TestsUnusable

PLANS: dict[str, type[Plan]] = {
    "asserts": AssertPlan,
    "check": CheckPlan,
    "pairs": PairPlan,
    "pytest": PytestPlan,
    "reference": ReferencePlan,
}


def plan_for(tests: dict[str, Any], entry_point: str | None) -> Plan:
    """Return the plan for tests in the form of their record's JSON.

    Raises:
        TestsUnusable: the tests cannot be used; no sample of theirs can be scored.
    """
    try:
        return PLANS[tests["style"]](tests, entry_point)
    except (SyntaxError, ValueError, RecursionError) as error:
        raise TestsUnusable(f"the tests cannot be compiled: {type(error).__name__}: {error}") from error
