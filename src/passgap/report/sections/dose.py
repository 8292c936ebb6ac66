"""The dose curve of an arm: a table and a figure."""

from __future__ import annotations

from collections.abc import Iterator

from passgap.formatting import Intervals, share, sizes_of
from passgap.report.charts import DoseCurves
from passgap.report.document import PAGES, Block, Figure, Only, Row, Table, paragraph
from passgap.report.dose import DoseReport
from passgap.report.tables import columns


def dose_blocks(caption: str, dose: DoseReport | None) -> Iterator[Block]:
    """Yield the dose curve of an arm, where it has one.

    Args:
        caption: of the arm.
        dose: its curves.
    """
    if dose is None:
        return
    deltas = Intervals(each.delta for each in dose.points if each.delta is not None)
    several = len(dose.seeds) > 1
    rows = tuple(
        Row(
            (
                *((str(each.seed),) if several else ()),
                str(each.updates),
                share(each.share),
                deltas.beside(each.pass_at_1),
                deltas.beside(each.delta),
                sizes_of(each.pass_at_1),
            )
        )
        for each in dose.points
    )
    names = (*(("seed",) if several else ()), "updates", "of all", "pass@1", "minus base", "sizes")
    yield Table(
        title=deltas.titled(f"Dose curve of {caption} on development problems"), columns=columns(*names), rows=rows
    )
    yield Only(PAGES, (paragraph(dose.summary), Figure((DoseCurves(dose),))))
