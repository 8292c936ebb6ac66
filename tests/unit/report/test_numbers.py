"""A figure that stands alone has its interval, and a delta its slices and its battery, or it cannot be made."""

from __future__ import annotations

import io
from typing import Any

import pytest
from rich.console import Console

from passgap.estimates import PASS_AT_1
from passgap.probes import BatteryOutcome
from passgap.records import Insufficient
from passgap.report import StudyReport
from passgap.report.document import Column, Details, Document, Heading, Only, Row, Section, Shows, Table
from passgap.report.html import document_html
from passgap.report.markdown import document_markdown
from passgap.report.numbers import BareFigureError, Delta, Number
from passgap.report.tables import BASE_AND_TUNED, battery, deltas
from passgap.report.terminal import print_document


@pytest.mark.parametrize("bare", [0.031, 3, "3.0 pp", None, (0.031, 0.011, 0.048)])
def test_a_bare_number_is_refused(bare: Any) -> None:
    with pytest.raises(BareFigureError, match="bare number"):
        Number("lift", bare)


def test_what_could_not_be_measured_is_shown_with_its_reason() -> None:
    assert Number("lift", Insufficient(insufficient="one sample", n=1, m=1)).measured.n == 1


def test_a_delta_without_battery_or_slices_or_of_another_comparison_is_refused(report: StudyReport) -> None:
    arm = report.arms[0]
    lift = arm.comparison.paired(PASS_AT_1).delta
    Delta("lift", lift, comparison=arm.comparison, battery=arm.battery)
    with pytest.raises(BareFigureError, match="battery"):
        Delta("lift", lift, comparison=arm.comparison)
    with pytest.raises(BareFigureError, match="battery"):
        Delta("lift", lift, comparison=arm.comparison, battery=BatteryOutcome(arm="ssd", outcomes=()))
    with pytest.raises(BareFigureError, match="comparison"):
        Delta("lift", lift, battery=arm.battery)
    without = arm.comparison.model_copy(update={"delta": arm.comparison.delta.model_copy(update={"slices": {}})})
    with pytest.raises(BareFigureError, match="slices"):
        Delta("lift", lift, comparison=without, battery=arm.battery)
    with pytest.raises(BareFigureError, match="none of the comparison"):
        Delta("lift", report.base.table.overall["pass@1"], comparison=arm.comparison, battery=arm.battery)


def _table(*cells: str, shows: Shows = Shows.ESTIMATES) -> Document:
    table = Table("lifts", (Column("arm"), Column("lift"), Column("interval")), (Row(cells),), shows=shows)
    return Document((Section(Heading("x"), blocks=(Details("folded", (table,)),)),))


def _print(document: Document) -> None:
    print_document(Console(file=io.StringIO()), document)


RENDERERS = {"html": document_html, "markdown": document_markdown, "terminal": _print}


@pytest.mark.parametrize("render", RENDERERS.values(), ids=RENDERERS)
def test_every_renderer_refuses_a_cell_that_is_a_figure_without_its_interval(render: Any) -> None:
    with pytest.raises(BareFigureError, match="has no interval"):
        render(_table("ssd", "+3.0 pp", ""))
    with pytest.raises(BareFigureError, match="has no interval"):
        render(_table("ssd", "12.3 %", "n=200"))
    render(_table("ssd", "+3.0 pp", "[+1.1, +4.8]"))
    render(_table("threshold", "5.0 pp", "", shows=Shows.DECLARED))


@pytest.mark.parametrize("render", RENDERERS.values(), ids=RENDERERS)
def test_every_renderer_refuses_deltas_without_the_battery_beside_them(render: Any, report: StudyReport) -> None:
    arm = report.arms[0]
    changes = deltas(arm.comparison, BASE_AND_TUNED, "changes")
    with pytest.raises(BareFigureError, match="battery"):
        render(Document((Section(Heading("x"), blocks=(changes,)), Section(None, blocks=(battery(arm.battery),)))))
    with pytest.raises(BareFigureError, match="battery"):
        render(Document((Section(Heading("x"), blocks=(changes, Only(frozenset(), (battery(arm.battery),)))),)))
    render(Document((Section(Heading("x"), blocks=(changes, battery(arm.battery))),)))
