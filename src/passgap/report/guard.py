"""Refuses what no renderer may show: a figure without its interval, or a delta without its slices and its battery.

Types refuse most of it (:mod:`.numbers`, and records whose fields are not optional). What reaches a renderer as a table
is checked here, before anything is written.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from passgap.report.charts import BatteryDrifts
from passgap.report.document import (
    Block,
    Details,
    Document,
    Figure,
    Medium,
    Only,
    Row,
    Section,
    Shows,
    Table,
)
from passgap.report.numbers import BareFigureError

_FIGURE = re.compile(r"[+-]?\d+\.\d (?:pp|%)")
_INTERVAL = re.compile(r"\[[-+x.,\d]+, [-+x.,\d]+\]")


def refuse_bare_figures(document: Document, medium: Medium) -> None:
    """Refuse a document that shows a figure bare.

    Raises:
        BareFigureError: a cell is a figure whose row has no interval, or a section has deltas and no battery.
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
        for table in tables:
            if table.shows is Shows.DELTAS and not has_battery:
                raise BareFigureError(f"{table.title}: deltas are shown with the battery of their candidate")


def _refuse_bare_row(table: Table, row: Row) -> None:
    bare = [text for text in row.texts if _FIGURE.fullmatch(text)]
    if bare and not any(map(_INTERVAL.search, row.texts)):
        raise BareFigureError(f"{table.title}: {bare[0]} has no interval: {' | '.join(row.texts)}")


def _every(blocks: Iterable[Block], medium: Medium) -> Iterator[Block]:
    for block in blocks:
        if isinstance(block, Only):
            if medium in block.media:
                yield from _every(block.blocks, medium)
        elif isinstance(block, Details):
            yield from _every(block.blocks, medium)
        elif isinstance(block, Section):
            yield from _every((*block.lead, *block.blocks), medium)
        else:
            yield block
