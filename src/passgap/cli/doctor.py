"""``passgap doctor``: which of the sandbox's protections hold on this machine."""

from __future__ import annotations

from rich import box
from rich.table import Table

from passgap.cli import console
from passgap.execution import examine


def doctor(as_json: console.JsonOption = False) -> None:
    """Try every protection of the sandbox on this machine and say which hold.

    Example: `passgap doctor`
    """
    protections = examine()
    if as_json:
        console.emit_json([each.model_dump(mode="json") for each in protections])
        return
    table = Table("protection", "holds", "what it is", title="sandbox", box=box.SIMPLE)
    for each in protections:
        table.add_row(each.name, "[green]yes[/]" if each.holds else "[red]no[/]", each.detail)
    console.out.print(table)
