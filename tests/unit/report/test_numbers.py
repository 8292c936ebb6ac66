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
from passgap.report.charts import SliceDeltas
from passgap.report.document import (
    Answers,
    Bullets,
    Column,
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
from passgap.report.guard import bare_changes
from passgap.report.html import document_html
from passgap.report.markdown import document_markdown
from passgap.report.numbers import BareFigureError, Delta, Drift, Number, Numbers
from passgap.report.sections import report_document
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


def test_a_change_is_no_plain_number(report: StudyReport) -> None:
    arm = report.arms[0]
    drift = next(each for each in arm.battery.outcomes if each.probe == "comments")
    for measured in (arm.comparison.paired(PASS_AT_1).delta, drift.drift):
        with pytest.raises(BareFigureError, match="as a delta, or as the drift of a probe"):
            Number("lift", measured)
    Drift("comments", drift.drift, outcome=drift)
    for outcome in (None, arm.battery.outcomes[0]):
        with pytest.raises(BareFigureError, match="outcome of its probe"):
            Drift("comments", drift.drift, outcome=outcome)


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
    with pytest.raises(BareFigureError, match="has no interval"):  # one interval does not stand for two figures
        render(_table("ssd", "+3.0\u00a0percentage points", "12.34 % ", "[+1.1, +4.8]"))
    render(_table("ssd", "+3.0 pp", "[+1.1, +4.8]"))
    render(_table("threshold", "5.0 pp", "", shows=Shows.DECLARED))


BARE = ("It gained +3.0 pp.", "Its change: -2 percentage points, n = 3", "pass@1 +1.5 % at last")
SENTENCES = {
    "text": Text,
    "list": lambda text: Bullets((text,)),
    "answer": lambda text: Answers((("Why", text),)),
    "heading": Heading,
    "summary": lambda text: Details(text, (Text("x"),)),
    "title": lambda text: Table(text, (Column("a"),), (Row(("b",)),)),
    "meaning": lambda text: Numbers((Number("x", Insufficient(insufficient="none", n=1, m=1), text),)),
    "part": lambda text: Section(Heading(text), blocks=(Text("x"),)),
}


@pytest.mark.parametrize("made", SENTENCES.values(), ids=SENTENCES)
def test_a_sentence_with_a_change_and_no_interval_is_found_wherever_it_stands(made: Any) -> None:
    for text in BARE:
        assert bare_changes(Document((Section(Heading("x"), blocks=(made(text),)),)), Medium.HTML) == [text]
    whole = "+3.0 pp [+1.1, +4.8] where 5 pp were asked for, or +2.0 pp (95 % interval [+1.0, +3.0], n=9, m=1)"
    assert not bare_changes(Document((Section(Heading("x"), blocks=(made(whole),)),)), Medium.HTML)


def test_no_sentence_of_a_report_has_a_change_without_its_interval(
    with_control: StudyReport, several_candidates: StudyReport
) -> None:
    for report in (with_control, several_candidates):
        for medium in Medium:
            assert bare_changes(report_document(report), medium) == []


def test_a_slice_may_have_the_name_of_a_figure() -> None:
    document_html(_table("12.5 %", "+3.0 pp", "[+1.1, +4.8]"))


@pytest.mark.parametrize("render", RENDERERS.values(), ids=RENDERERS)
def test_every_renderer_refuses_deltas_without_the_battery_beside_them(render: Any, report: StudyReport) -> None:
    arm = report.arms[0]
    changes = deltas(arm.comparison, BASE_AND_TUNED, "changes")
    with pytest.raises(BareFigureError, match="battery"):
        render(Document((Section(Heading("x"), blocks=(changes,)), Section(None, blocks=(battery(arm.battery),)))))
    with pytest.raises(BareFigureError, match="battery"):
        render(Document((Section(Heading("x"), blocks=(changes, Only(frozenset(), (battery(arm.battery),)))),)))
    drawn = Figure((SliceDeltas(arm.comparison),))
    with pytest.raises(BareFigureError, match="battery"):
        render(Document((Section(Heading("x"), blocks=(drawn,)),)))
    render(Document((Section(Heading("x"), blocks=(changes, battery(arm.battery))),)))
