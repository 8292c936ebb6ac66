"""The lift of an arm by its causes, where controls for it were measured."""

from __future__ import annotations

from collections.abc import Iterator

from passgap.formatting import Intervals, p_value, sizes_of
from passgap.report.document import Block, Row, Table, paragraph
from passgap.report.lift_split import LiftSplit
from passgap.report.tables import columns


def blocks(caption: str, split: LiftSplit) -> Iterator[Block]:
    """Yield the sentence on the split, and the table of its parts.

    Args:
        caption: of the arm whose lift it is.
        split: the parts.
    """
    yield paragraph(split.summary)
    intervals = Intervals(part.delta for part in split.parts)
    rows = tuple(
        Row(
            (
                " and ".join(part.causes),
                f"{part.arm} - {part.minus}",
                intervals.beside(part.delta),
                "" if part.p_value is None else p_value(part.p_value),
                "" if part.adjusted_p_value is None else p_value(part.adjusted_p_value),
                sizes_of(part.delta),
            )
        )
        for part in split.parts
    )
    title = intervals.titled(f"Causes of the lift of {caption}, pass@1 on the same problems")
    yield Table(title=title, columns=columns("cause", "arms", "change", "p", "p, Holm", "sizes"), rows=rows)
