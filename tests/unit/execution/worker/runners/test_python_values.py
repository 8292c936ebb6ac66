"""Tests that take all the time by themselves are told from programs that do."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from passgap.execution.worker.runners.python_values import fault_before_use


def fault(*, loaded: bool = True, reached: bool = True, used: bool = False) -> Any:
    session: Any = SimpleNamespace(loaded=loaded, used=used)
    deadline: Any = SimpleNamespace(reached=reached, seconds=12.4)
    return fault_before_use(session, deadline)


def test_tests_that_were_not_done_before_they_used_the_program_are_at_fault() -> None:
    assert str(fault()) == "the tests themselves were not done after 12 s"


@pytest.mark.parametrize("change", [{"loaded": False}, {"reached": False}, {"used": True}], ids=str)
def test_a_program_that_does_not_load_tests_in_time_and_tests_that_used_it_are_not(change: dict[str, bool]) -> None:
    assert fault(**change) is None
