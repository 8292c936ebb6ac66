"""Parts of long lists of cases: the fast suite runs some of them, and the slow tests all."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
from _pytest.mark.structures import ParameterSet


def one_in(step: int, cases: Iterable[Any]) -> list[ParameterSet]:
    """Every case as a parameter: of ``step`` that follow each other, all but the first are slow."""
    return [pytest.param(case, marks=[pytest.mark.slow] if at % step else []) for at, case in enumerate(cases)]


def chosen(request: pytest.FixtureRequest, parameter: str) -> set[Any]:
    """The values of a parameter with which tests of the module are run now: those that a fixture has to prepare."""
    values = set()
    for item in request.session.items:
        if item.path == request.path and isinstance(item, pytest.Function) and hasattr(item, "callspec"):
            values |= {value for name, value in item.callspec.params.items() if name == parameter}
    return values
