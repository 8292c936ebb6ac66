"""Refuses what no renderer may show: a figure without its interval, or a delta without its slices and its battery.

Types refuse most of it (:mod:`.numbers`, and records whose fields are not optional). What reaches a renderer as a table
is checked here, before anything is written.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from passgap.report.charts import BatteryDrifts, SliceDeltas
from passgap.report.document import (
    Answers,
    Block,
    Bullets,
    Details,
    Document,
    Figure,
    Heading,
    Medium,
    Only,
    Row,
    Section,
    Shows,
    Table,
    Text,
)
from passgap.report.numbers import BareFigureError, Numbers

_UNIT = r"(?:pp|%|percentage points?|percent)"
_FIGURE = re.compile(rf"\s*[+-]?\d+\.\d+\s*{_UNIT}\s*")
"""A cell that is a measured figure; a declared one is a round number."""
_INTERVAL = re.compile(r"\[[-+x.,\d]+, [-+x.,\d]+\]")
_CHANGE = re.compile(rf"(?<![\w.,\[])[+-]\d+(?:\.\d+)?\s*{_UNIT}(?!\w)(?!,? (?:\[|\(\d+(?:\.\d+)? % interval \[))")
"""A signed change, such as ``+3.0 pp``, behind which there is no interval. Declared limits have no sign."""


def refuse_bare_figures(document: Document, medium: Medium) -> None:
    """Refuse a document that shows a figure bare.

    Raises:
        BareFigureError: a row has more figures than intervals, or a section has deltas and no battery.
    """
    for section in document.sections:
        blocks = list(_every((*section.lead, *section.blocks), medium))
        tables = [block for block in blocks if isinstance(block, Table) and block.rows]
        for table in tables:
            for row in table.rows if table.shows is not Shows.DECLARED else ():
                _refuse_bare_row(table, row)
        has_battery = any(table.shows is Shows.BATTERY for table in tables) or any(
            isinstance(chart, BatteryDrifts) for block in blocks if isinstance(block, Figure) for chart in block.charts
        )
        shown = [table.title for table in tables if table.shows is Shows.DELTAS]
        shown += [
            chart.caption
            for block in blocks
            if isinstance(block, Figure)
            for chart in block.charts
            if isinstance(chart, SliceDeltas)
        ]
        if shown and not has_battery:
            raise BareFigureError(f"{shown[0]}: deltas are shown with the battery of their candidate")


def _refuse_bare_row(table: Table, row: Row) -> None:
    bare = [text for text in row.texts if _FIGURE.fullmatch(text)]
    label = bool(row.texts) and len(row.texts) > 1 and bare[:1] == [row.texts[0]]  # a slice may have any name
    intervals = sum(len(_INTERVAL.findall(text)) for text in row.texts)
    if bare and (not intervals or len(bare) - label > intervals):
        raise BareFigureError(f"{table.title}: {bare[0]} has no interval: {' | '.join(row.texts)}")


def bare_changes(document: Document, medium: Medium) -> list[str]:
    """The sentences with a change and no interval behind it.

    Tests hold sentences of passgap and of sections to it. A renderer does not: a sentence may quote a program.
    """
    parts = (
        block
        for section in document.sections
        for block in _every((*_heading_of(section), *section.lead, *section.blocks), medium)
    )
    return [text for block in parts for text in _sentences(block) if _CHANGE.search(text)]


def _heading_of(section: Section) -> tuple[Heading, ...]:
    return (section.heading,) if section.heading else ()


def _sentences(block: Block) -> Iterator[str]:
    """The running texts of a block."""
    match block:
        case Heading() | Text():
            yield block.text
        case Bullets():
            yield from block.items
        case Answers():
            yield from (text for _, text in block.given)
        case Numbers():
            yield from (text for each in block.numbers for text in (each.label, each.meaning))
        case Table():
            yield block.title
        case _:
            return


def _every(blocks: Iterable[Block], medium: Medium) -> Iterator[Block]:
    for block in blocks:
        if isinstance(block, Only):
            if medium in block.media:
                yield from _every(block.blocks, medium)
        elif isinstance(block, Details):
            yield from _every((Text(block.summary), *block.blocks), medium)
        elif isinstance(block, Section):
            yield from _every((*_heading_of(block), *block.lead, *block.blocks), medium)
        else:
            yield block
