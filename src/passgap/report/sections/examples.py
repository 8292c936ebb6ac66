"""The answers that moved each probe of the battery most, base and candidate side by side, folded."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from passgap.report.document import Block, Column, Details, Medium, Only, Row, Table
from passgap.report.study_report import ArmReport
from passgap.report.tables import Sides


def examples_blocks(arm: ArmReport, sides: Sides) -> Iterator[Block]:
    """Yield one folded element with a table per probe; nothing where there are no examples."""
    tables = [
        Table(
            title=f"{probe}: the prompts on which it moved most",
            columns=(
                Column("prompt or problem"),
                Column(sides.base, numeric=True),
                Column(sides.tuned, numeric=True),
                Column(f"an answer of {sides.base}"),
                Column(f"an answer of {sides.tuned}"),
            ),
            rows=tuple(
                Row((each.asked, f"{each.base_score:.3g}", f"{each.tuned_score:.3g}", each.base, each.tuned))
                for each in examples
            ),
        )
        for probe, examples in groupby(arm.examples, key=lambda each: each.probe)
    ]
    if tables:
        # What models said is shown where it is escaped, and nowhere else.
        yield Only(frozenset({Medium.HTML}), (Details("The answers that moved each probe most", tuple(tables)),))
