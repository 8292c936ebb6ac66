"""The report of protections is what the jail shows from inside."""

from __future__ import annotations

import pytest

from passgap.execution import examine
from passgap.execution.worker.processes import process_tree


def test_every_required_protection_holds_where_the_sandbox_runs() -> None:
    report = examine()
    assert [protection.name for protection in report if protection.required and not protection.holds] == []
    assert {"network", "files", "processes", "privileges", "environment", "seccomp"} <= {one.name for one in report}
    assert all(protection.detail for protection in report)


def test_a_kernel_that_lists_no_children_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process_tree, "can_see_children", lambda: False)
    (watch,) = [protection for protection in examine() if protection.name == "process-watch"]
    assert not watch.holds
    assert "CONFIG_PROC_CHILDREN" in watch.detail
