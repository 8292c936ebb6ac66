"""Records to the terminal, through rich."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from rich import box
from rich.console import Console, Group, RenderableType
from rich.markup import escape
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from passgap.decisions import DecodingChoice, Verdict, VerdictKind
from passgap.estimates import Comparison, EstimateTable
from passgap.probes import BatteryOutcome, ProbeStatus
from passgap.records import Insufficient, Measured
from passgap.report import sections
from passgap.report.formatting import Intervals, limit_of, sizes_of, value_of
from passgap.report.study_report import ArmReport, DecodeOnlyReport, StudyReport

_VERDICT_STYLE = {
    VerdictKind.GO_SSD: "green",
    VerdictKind.GO_VERIFIER_AWARE_SSD: "green",
    VerdictKind.GO_OTHER: "yellow",
    VerdictKind.MEASURE_MORE: "cyan",
}
_STATUS_STYLE = {
    ProbeStatus.WITHIN: "green",
    ProbeStatus.UNRESOLVED: "yellow",
    ProbeStatus.ALERT: "bold red",
    ProbeStatus.INSUFFICIENT: "dim",
}


def print_report(console: Console, report: StudyReport) -> None:
    """Print a study's report, verdict first."""
    console.print(verdict_panel(report.base.verdict))
    for arm in report.arms:
        console.print(arm_panel(arm))
    if report.decode_only is not None:
        console.print(decode_only_panel(report.decode_only))
    console.print(estimate_table(report.base.table, "base model"))
    for arm in report.arms:
        console.print(comparison_table(arm.comparison, arm.caption))
        console.print(battery_table(arm.battery, title=f"battery of {arm.caption}"))
        if arm.against_decode_only is not None:
            console.print(paired_table(arm.against_decode_only, f"{arm.caption} - decode-only, on its test problems"))
    if report.decode_only is not None:
        _print_decode_only(console, report.decode_only)
    console.print(cost_table(report))
    for line in report.not_produced:
        console.print(f"Not produced: {line}", style="dim", markup=False)


def _print_decode_only(console: Console, control: DecodeOnlyReport) -> None:
    console.print(settings_table(control.choice))
    if control.choice.keeps_production:
        return
    console.print(paired_table(control.comparison, "chosen - production decoding, on problems it was not chosen on"))
    console.print(battery_table(control.battery, ("production", "chosen"), title="battery of the chosen decoding"))


def verdict_panel(verdict: Verdict) -> Panel:
    """The verdict, its paragraph, and what a reader must know before acting on it."""
    title = verdict.verdict.value + (f" ({verdict.other.value})" if verdict.other else "")
    style = _VERDICT_STYLE[verdict.verdict]
    parts: list[RenderableType] = [Text(verdict.justification)]
    if verdict.caveats:
        parts.append(Text())
        parts.extend(Text(f"- {caveat}", style="dim") for caveat in verdict.caveats)
    label = " [reverse] underpowered [/]" if verdict.underpowered else ""
    return Panel(Group(*parts), title=f"[bold {style}]{title}[/]{label}", title_align="left", border_style=style)


def sensitivity_table(verdict: Verdict) -> Table:
    """Tabulate the verdicts that would follow, were one input at an end of its interval or declared otherwise."""
    text = sections.sensitivity(verdict)
    shown = Table(*text.header, title=text.title, box=box.SIMPLE)
    for row, each in zip(text.rows, verdict.sensitivity, strict=True):
        changed = (each.verdict, each.other) != (verdict.verdict, verdict.other)
        shown.add_row(*row, style="bold" if changed else "dim")
    return shown


def arm_panel(arm: ArmReport) -> Panel:
    """Whether an arm worked, in words."""
    parts = [Text(arm.judgement.headline), Text()]
    parts.extend(Text(f"- {reason}", style="dim") for reason in arm.judgement.reasons)
    parts.append(Text(f"- {arm.pareto.summary}", style="dim"))
    label = " [reverse] underpowered [/]" if arm.judgement.underpowered else ""
    title = f"[bold]{escape(arm.caption)}: {arm.judgement.outcome.value}[/]{label}"
    return Panel(Group(*parts), title=title, title_align="left")


def decode_only_panel(control: DecodeOnlyReport) -> Panel:
    """Describe the findings of the decode-only control in words."""
    points = [Text(f"- {point}", style="dim") for point in sections.found_of(control)]
    parts = [Text(control.choice.summary), Text(), *points]
    return Panel(
        Group(*parts), title=f"[bold]decode-only control: {escape(control.choice.chosen)}[/]", title_align="left"
    )


def settings_table(choice: DecodingChoice) -> Table:
    """Every setting of the decode-only sweep, the chosen one standing out."""
    text = sections.settings(choice)
    shown = Table(*text.header, title=text.title, box=box.SIMPLE)
    for position, row in enumerate(text.rows):
        shown.add_row(*row, style="bold" if position in text.emphasis else None)
    return shown


def estimate_table(table: EstimateTable, title: str) -> Table:
    """pass@k and gaps, overall and for each slice."""
    return _slices(title, table.overall, table.slices)


def comparison_table(comparison: Comparison, title: str) -> Table:
    """Paired deltas, overall and for each slice."""
    return paired_table(comparison, f"{title} - base, on the same problems")


def paired_table(comparison: Comparison, title: str) -> Table:
    """Paired deltas under a title that says of what."""
    return _slices(title, comparison.delta.overall, comparison.delta.slices)


def battery_table(
    battery: BatteryOutcome, sides: sections.Sides = sections.BASE_AND_TUNED, title: str = "battery"
) -> Table:
    """The battery, one row a probe."""
    intervals = Intervals(each.drift for each in battery.outcomes)
    shown = Table(
        "probe", *sides, "drift", "interval", "tolerance", "outcome", title=intervals.titled(title), box=box.SIMPLE
    )
    for each in battery.outcomes:
        shown.add_row(
            each.probe,
            value_of(each.base),
            value_of(each.tuned),
            value_of(each.drift),
            Text(intervals.of(each.drift)),  # not markup: `[x0.8, x1.2]` would be taken for a tag
            f"{each.rule.value} {limit_of(each)}",
            Text(each.status.value, style=_STATUS_STYLE[each.status]),
        )
    return shown


def cost_table(report: StudyReport) -> Table:
    """Tabulate the cost of each step; the last row is the sum."""
    text = sections.costs(report)
    shown = Table(*text.header, title=text.title.lower(), box=box.SIMPLE)
    for row in text.rows[:-1]:
        shown.add_row(*row)
    shown.add_row(*text.rows[-1], style="bold")
    return shown


def _slices(title: str, overall: Mapping[str, Measured], slices: Mapping[str, Mapping[str, Measured]]) -> Table:
    told = {"overall": overall, **slices}
    intervals = Intervals(measured for row in told.values() for measured in row.values())
    shown = Table(title=intervals.titled(title), box=box.SIMPLE)
    shown.add_column("slice")
    shown.add_column("quantity")
    shown.add_column("value", justify="right")
    shown.add_column("interval")
    shown.add_column("sizes", style="dim")
    for name, row in told.items():
        for position, (quantity, measured) in enumerate(_known(row)):
            shown.add_row(
                name if position == 0 else "", quantity, value_of(measured), intervals.of(measured), sizes_of(measured)
            )
        shown.add_section()
    return shown


def _known(row: Mapping[str, Measured]) -> Iterable[tuple[str, Measured]]:
    """Every quantity of a row; one that is insufficient is shown with its reason, never left out."""
    return sorted(row.items(), key=lambda item: (isinstance(item[1], Insufficient), item[0].startswith("gap")))
