"""The decode-only control: the best decoding of the base model, chosen on some problems and measured on others."""

from __future__ import annotations

from collections.abc import Iterator

from passgap.decisions import DecodingChoice
from passgap.decisions.wording import listed
from passgap.formatting import Intervals, inline, sizes_of, value_of
from passgap.probes import BatteryOutcome, ProbeStatus
from passgap.report.document import Bullets, Heading, Look, Row, Section, Table, paragraph
from passgap.report.sections.candidate import Naming, comparison_blocks, completions
from passgap.report.study_report import DecodeOnlyReport, StudyReport
from passgap.report.tables import Sides, columns

NAMING = Naming(
    sides=Sides("production decoding", "chosen decoding"),
    deltas="chosen - production decoding, on the test problems",
    battery="battery of the chosen decoding",
    truncated="Truncated completions at the chosen setting",
)


def sections(report: StudyReport) -> Iterator[Section]:
    """Yield the control, where a sweep was declared and something could be chosen in it."""
    control = report.decode_only
    if control is None:
        return
    other = not control.choice.keeps_production
    yield Section(
        heading=Heading(f"Decode-only control: {control.choice.chosen}"),
        lead=(paragraph(control.choice.summary), Bullets(_findings(control) if other else ())),
        blocks=(
            settings(control.choice),
            *((*comparison_blocks(control, NAMING), completions(control, NAMING)) if other else ()),
        ),
    )


def settings(choice: DecodingChoice) -> Table:
    """pass@1 of every setting on the problems of the choice, which is optimistic for the best one."""
    names = sorted(choice.development, key=lambda name: -getattr(choice.development[name], "value", 0.0))
    intervals = Intervals(choice.development.values())
    roles = (("chosen", choice.chosen), ("production", choice.production))
    rows = tuple(
        Row(
            (
                name,
                ", ".join(role for role, held in roles if held == name),
                value_of(choice.development[name]),
                intervals.of(choice.development[name]),
                sizes_of(choice.development[name]),
            ),
            look=Look.CHOSEN if name == choice.chosen else Look.PLAIN,
        )
        for name in names
    )
    return Table(
        title=intervals.titled("pass@1 of every setting on the problems of the choice (optimistic for the best)"),
        columns=columns("setting", "", "pass@1", "interval", "sizes"),
        rows=rows,
    )


def _findings(control: DecodeOnlyReport) -> tuple[str, ...]:
    return (_drifted(control.battery), control.pareto.summary)


def _drifted(outcome: BatteryOutcome) -> str:
    """Which probes are out of tolerance, in one sentence."""
    named = [f"{each.probe} ({inline(each.drift)})" for each in outcome.alerts]
    unmeasured = [each.probe for each in outcome.outcomes if each.status is ProbeStatus.INSUFFICIENT]
    said = f"Out of tolerance: {listed(named)}." if named else "No probe is out of tolerance."
    return f"{said} Not measurable: {listed(unmeasured)}." if unmeasured else said
