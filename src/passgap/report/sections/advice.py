"""The recommended next move, with its recipe, its expected lift, its price, and what would change the advice."""

from __future__ import annotations

from collections.abc import Iterator

from passgap.decisions.advice import Advice
from passgap.formatting import Intervals, value_of
from passgap.report.document import Block, Bullets, Column, Heading, Look, Row, Section, Table, paragraph
from passgap.report.study_report import StudyReport


def sections(report: StudyReport) -> Iterator[Section]:
    """Yield the advice, where the study has one."""
    if report.advice is not None:
        yield Section(heading=Heading("Next move"), blocks=tuple(advice_blocks(report.advice, report.setup.currency)))


def advice_blocks(advice: Advice, currency: str) -> Iterator[Block]:
    """The moves as a table, what their lifts rest on, and what would change the advice."""
    if advice.moves:
        intervals = Intervals(each.lift for each in advice.moves)
        yield Table(
            title=intervals.titled("the next move"),
            columns=(
                Column("arm"),
                Column("recipe"),
                Column("expected lift of pass@1", numeric=True),
                Column("interval"),
                Column("device-hours", numeric=True),
                Column(currency or "money", numeric=True),
            ),
            rows=tuple(
                Row(
                    (
                        each.arm,
                        each.recipe,
                        value_of(each.lift),
                        intervals.of(each.lift),
                        "" if each.hours is None else value_of(each.hours),
                        "" if each.money is None else value_of(each.money),
                    )
                )
                for each in advice.moves
            ),
        )
        yield Bullets(tuple(f"{each.arm}: {each.rests_on}." for each in advice.moves if each.rests_on))
    if advice.changes:
        yield paragraph("What would change the advice:", look=Look.FAINT)
        yield Bullets(advice.changes)
    else:
        yield paragraph("No single change of the evidence gives another verdict.", look=Look.FAINT)
