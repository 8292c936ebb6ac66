"""The answers that moved each probe of the battery most, base and candidate side by side, folded."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import groupby

from passgap.report.document import Block, Column, Details, Medium, Only, Row, Table
from passgap.report.study_report import ArmReport
from passgap.report.tables import Sides

TITLE = "The answers that moved each probe most"
TITLE_OF_ALERTS = "The answers that moved each alerting probe most"


def examples_blocks(arm: ArmReport, sides: Sides) -> Iterator[Block]:
    """Yield one folded element with a table per probe; nothing where there are no examples.

    A page has those of all probes, and a report in Markdown those of the alerts. The renderers escape what models said.
    """
    alerts = {each.probe for each in arm.battery.alerts}
    for medium, title, probes in (
        (Medium.HTML, TITLE, None),
        (Medium.MARKDOWN, TITLE_OF_ALERTS, alerts),
    ):
        tables = tuple(_tables(arm, sides, probes))
        if tables:
            yield Only(frozenset({medium}), (Details(title, tables),))


def _tables(arm: ArmReport, sides: Sides, probes: Collection[str] | None) -> Iterator[Table]:
    for probe, examples in groupby(arm.examples, key=lambda each: each.probe):
        if probes is not None and probe not in probes:
            continue
        yield Table(
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
