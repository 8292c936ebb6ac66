"""The gate's answer in the terminal."""

from __future__ import annotations

from rich import box
from rich.console import Group, RenderableType
from rich.markup import escape
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from passgap.decisions.gate_report import GateReport


def gate_panel(gate: GateReport) -> Panel:
    """The answer, every condition, and what the strict rule costs."""
    conditions = Table(box=box.SIMPLE, show_header=False)
    for each in gate.conditions:
        mark = Text("met", style="green") if each.met else Text("missed", style="bold red")
        conditions.add_row(mark, each.name, each.detail)
    parts: list[RenderableType] = [Text(gate.summary), conditions]
    if gate.cost_of_non_overlap is not None:
        parts.append(
            Text(
                f"Intervals that do not overlap need {gate.cost_of_non_overlap:.1f} times the problems that the paired "
                f"interval needs here, for the same chance to show a lift.",
                style="dim",
            )
        )
    declared = (
        ("stops a release", gate.blocker),
        ("rollback", gate.rollback),
        ("checkpoints kept", gate.checkpoints),
    )
    parts.extend(Text(f"- {name}: {text}", style="dim") for name, text in declared)
    answer, style = ("OPEN", "green") if gate.open else ("CLOSED", "yellow")
    title = f"[bold {style}]round 2 after {escape(str(gate.arm))}: {answer}[/]"
    return Panel(Group(*parts), title=title, title_align="left", border_style=style)
