"""The report of protections is what the jail shows from inside."""

from __future__ import annotations

from passgap.execution import examine


def test_every_required_protection_holds_where_the_sandbox_runs() -> None:
    report = examine()
    assert [protection.name for protection in report if protection.required and not protection.holds] == []
    assert {"network", "files", "processes", "privileges", "environment", "seccomp"} <= {one.name for one in report}
    assert all(protection.detail for protection in report)
