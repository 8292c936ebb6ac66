"""Documents in the terminal, through rich.

The leads of all sections come first, each in a panel; then, in order, what else the sections show.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import assert_never

from rich import box
from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.table import Table as RichTable
from rich.text import Text as RichText

from passgap.decisions import VerdictKind
from passgap.formatting import inline
from passgap.report.document import (
    Answers,
    Block,
    Bullets,
    Cell,
    Details,
    Document,
    Figure,
    Heading,
    Look,
    Mark,
    Medium,
    Only,
    Section,
    Table,
    Text,
    shown,
    visible,
)
from passgap.report.guard import refuse_bare_figures
from passgap.report.numbers import Delta, Number, Numbers
from passgap.report.sections import report_document
from passgap.report.study_report import StudyReport

_STYLES = {
    Look.PLAIN: "",
    Look.STRONG: "bold",
    Look.FAINT: "dim",
    Look.CHOSEN: "bold",
    Look.GOOD: "green",
    Look.UNSURE: "yellow",
    Look.BAD: "bold red",
    Look.WARNING: "bold yellow",
}
_NUMBER_STYLES = {"plain": "", "good": "green", "unsure": "yellow", "bad": "red"}
_OUTCOME_STYLES = {
    "summary good": "green",
    "summary bad": "red",
    "summary unsure": "yellow",
    VerdictKind.GO_SSD.value: "green",
    VerdictKind.GO_VERIFIER_AWARE_SSD.value: "green",
    VerdictKind.GO_OTHER.value: "yellow",
    VerdictKind.MEASURE_MORE.value: "cyan",
    "OPEN": "green",
    "CLOSED": "yellow",
}


def print_report(console: Console, report: StudyReport) -> None:
    """Print a study's report, verdict first."""
    print_document(console, report_document(report))


def print_document(console: Console, document: Document) -> None:
    """Print a document."""
    refuse_bare_figures(document, Medium.TERMINAL)
    sections = list(visible(document, Medium.TERMINAL))
    for section in sections:
        if section.lead:
            console.print(_panel(section))
    for section in sections:
        print_blocks(console, *section.blocks)


def print_blocks(console: Console, *blocks: Block) -> None:
    """Print blocks one below the other."""
    for part in _parts(blocks):
        console.print(part)


def _parts(blocks: Iterable[Block]) -> Iterator[RenderableType]:
    before: Block | None = None
    for block in shown(blocks, Medium.TERMINAL):
        if isinstance(block, Heading) and isinstance(before, Text):
            yield RichText()
        yield from _block(block)
        before = block


def _block(block: Block) -> Iterator[RenderableType]:
    match block:
        case Heading():
            yield RichText(block.text, style="bold")
        case Text():
            yield RichText(block.text, style=_STYLES[block.look])
        case Bullets():
            yield from (RichText(f"- {item}", style="bold" if block.strong else "dim") for item in block.items)
        case Answers():
            yield from (RichText(f"{label}: {text}") for label, text in block.given)
        case Numbers():
            yield from map(_number, block.numbers)
        case Table():
            yield _table(block)
        case Figure():
            pass
        case Details() | Only():
            yield from _parts(block.blocks)
        case Section():
            yield from _parts((*((block.heading,) if block.heading else ()), *block.lead, *block.blocks))
        case _:
            assert_never(block)


def _number(number: Number) -> RichText:
    beside = f" ({number.beside})" if isinstance(number, Delta) else ""
    return RichText(f"{number.label}: {inline(number.measured)}{beside}", style=_NUMBER_STYLES[number.look])


def _panel(section: Section) -> Panel:
    """The lead of a section, with the list under its first paragraph set apart."""
    style = _OUTCOME_STYLES.get(section.outcome, "")
    title = RichText()
    if section.heading is not None:
        title.append(section.heading.text, style=f"bold {style}")
        if section.heading.label:
            title.append(" ")
            title.append(f" {section.heading.label} ", style="reverse")
    first, *others = section.lead
    parts = [*_parts((first,))]
    if others and isinstance(others[0], Bullets) and others[0].items:
        parts.append(RichText())
    parts += _parts(others)
    return Panel(Group(*parts), title=title, title_align="left", border_style=style or "none")


def _table(table: Table) -> RichTable:
    title = RichText(table.title, style="table.title") if table.title else None
    drawn = RichTable(title=title, box=box.SIMPLE, show_header=table.has_header)
    for column in table.columns:
        drawn.add_column(
            RichText(column.name),
            justify="right" if column.numeric else "left",
            style="dim" if column.faint else "",
        )
    for _, rows in groupby(table.rows, key=lambda row: row.cells[0] if table.grouped else None):
        for position, row in enumerate(rows):
            cells = ("", *row.cells[1:]) if table.grouped and position else row.cells
            drawn.add_row(*map(_cell, cells), style=_STYLES[row.look])
        if table.grouped:
            drawn.add_section()
    return drawn


def _cell(cell: Cell) -> RichText:
    return RichText(cell.text, style=_STYLES[cell.look]) if isinstance(cell, Mark) else RichText(cell)
