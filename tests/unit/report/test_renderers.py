"""Every renderer leads with the verdict, shows every number with its interval, and leaves nothing out."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import pytest
from pydantic import ValidationError
from rich.console import Console

from passgap.formatting import interval_of, value_of
from passgap.records import Estimate
from passgap.report import StudyReport, plots, render_html, render_markdown, write_reports
from passgap.report.charts import ArmsPlane
from passgap.report.sections.cost import costs
from passgap.report.study_report import ArmReport, DecodeOnlyReport
from passgap.report.summary import summarise
from passgap.report.svg import Drawing
from passgap.report.tables import battery
from passgap.report.terminal import print_report

VOID = {"meta", "br", "img", "hr", "link", "input"}


class _Balanced(HTMLParser):
    """Checks that tags close in order and that nothing is loaded from elsewhere."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.loaded: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            self.open.append(tag)
        self.loaded += [
            value or "" for name, value in attrs if name in {"src", "href"} and not (value or "").startswith("#")
        ]

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def _terminal(report: StudyReport) -> str:
    console = Console(file=io.StringIO(), width=160, highlight=False)
    print_report(console, report)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_the_page_is_well_formed_and_self_contained(report: StudyReport) -> None:
    page = _Balanced()
    html = render_html(report)
    page.feed(html)
    assert page.open == []
    assert page.loaded == []
    assert html.count("<script") == 1
    assert "url(http" not in html
    assert html.count("<svg") == 3


def test_text_from_the_study_is_escaped(report: StudyReport) -> None:
    html = render_html(report)
    assert "autocomplete &lt;spring&gt; &amp; co" in html
    assert "<spring>" not in html
    assert "starter \\| heldout" in render_markdown(report)


def test_the_verdict_comes_first_everywhere(report: StudyReport) -> None:
    kind, step = report.base.verdict.verdict.value, summarise(report).step
    for text in (render_markdown(report), _terminal(report)):
        lines = text.splitlines()
        assert step.answer in lines[0] and any(kind in line for line in lines[:22])
    body = render_html(report).split("<body>")[1]
    assert body.index(step.answer) < body.index(step.action) < body.index(kind) < body.index("<table")


def test_every_estimate_of_the_report_is_in_the_markdown_with_its_interval(report: StudyReport) -> None:
    text = render_markdown(report)
    measured = [
        *report.base.table.overall.values(),
        *(each for row in report.base.table.slices.values() for each in row.values()),
        *report.arms[0].comparison.delta.overall.values(),
        *(each.drift for each in report.arms[0].battery.outcomes),
    ]
    assert len(measured) > 40
    for each in measured:
        assert interval_of(each) in text


def test_no_percentage_point_figure_stands_without_an_interval(report: StudyReport) -> None:
    for line in render_markdown(report).splitlines():
        declared = line.startswith("| threshold")
        if line.startswith("|") and not declared and re.search(r"\| [+-]?\d+\.\d (pp|%) \|", line):
            assert "[" in line, line


def test_the_renderers_name_what_was_not_produced_and_what_was_found(report: StudyReport) -> None:
    for text in (render_markdown(report), render_html(report)):
        assert "the decode-only control" in text
        assert "pool/a ~ heldout/b" in text
        assert "training.lora_rank" in text


def test_an_arm_cannot_be_reported_without_its_battery(report: StudyReport) -> None:
    fields = report.arms[0].model_dump(mode="json")
    for needed in ("battery", "comparison", "costs", "pareto", "judgement"):
        with pytest.raises(ValidationError, match=needed):
            ArmReport.model_validate({name: value for name, value in fields.items() if name != needed})


def test_the_files_are_written_and_the_json_reads_back(report: StudyReport, tmp_path: Path) -> None:
    write_reports(report, tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"report.md", "report.html", "report.json", "report-figures"}
    assert "explorer.html" not in (tmp_path / "report.html").read_text()
    assert StudyReport.model_validate_json((tmp_path / "report.json").read_text()) == report
    assert json.loads((tmp_path / "report.json").read_text())["schema_version"] == 1


def test_the_same_report_gives_the_same_bytes(report: StudyReport, monkeypatch: pytest.MonkeyPatch) -> None:
    once = render_html(report)
    monkeypatch.setattr(plots, "_drawings", {})
    assert render_html(report) == once


def test_only_charts_that_have_changed_are_drawn_again(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[str] = []
    monkeypatch.setattr(plots, "_drawn", lambda chart: drawn.append(chart.device) or Drawing(chart.device))
    monkeypatch.setattr(plots, "_drawings", {})
    monkeypatch.setattr(plots, "KEPT_DRAWINGS", 2)
    for device in ("cpu", "cpu", "gpu", "cpu", "tpu", "cpu", "gpu"):
        assert plots.draw(ArmsPlane((), level=0.95, device=device)).svg == device
    assert drawn == ["cpu", "gpu", "tpu", "gpu"]


def test_costs_are_shown_by_step_by_arm_and_in_all(report: StudyReport) -> None:
    table = costs(report, "Cost")
    rows = [row.texts for row in table.rows]
    assert table.header[-3:] == ("cpu-seconds", "cpu-hours", "USD")
    assert rows[0][:6] == ("base", "base-heldout-samples", "3,360", "403,200", "212,345", "190")
    assert [row[:2] for row in rows[2:]] == [("base", "all"), ("ssd", "all"), ("all", "")]
    assert rows[-1][-3:] == ("2,232.0", "0.620", "0.062")
    for text in (render_markdown(report), render_html(report)):
        assert "403,200" in text


def test_the_control_stands_with_every_setting_its_deltas_battery_and_baseline(with_control: StudyReport) -> None:
    control, [arm] = with_control.decode_only, with_control.arms
    assert control is not None and arm.against_decode_only is not None and not control.choice.keeps_production
    measured = [
        *control.choice.development.values(),
        *control.comparison.delta.overall.values(),
        *(each for row in control.comparison.delta.slices.values() for each in row.values()),
        *(each.drift for each in control.battery.outcomes),
        *arm.against_decode_only.delta.overall.values(),
    ]
    texts = [render_markdown(with_control), render_html(with_control), _terminal(with_control)]
    for text in texts:
        for each in measured:
            assert interval_of(each) in unescape(text)
        said = " ".join(text.replace("│", " ").split())
        assert control.choice.summary in said and control.pareto.summary in said
        assert "optimistic for the best" in said
    assert all("tuned - decode-only" in text for text in texts[:2])
    page = _Balanced()
    page.feed(texts[1])
    assert page.open == []
    rows = [row.texts for row in costs(with_control, "Cost").rows]
    assert [row[:2] for row in rows if row[0] == "decode-only"] == [
        ("decode-only", "decode-only-greedy-samples"),
        ("decode-only", "all"),
    ]
    assert StudyReport.model_validate_json(with_control.model_dump_json()) == with_control


def test_a_control_that_keeps_production_decoding_is_not_compared_with_itself(with_control: StudyReport) -> None:
    control = with_control.decode_only
    assert control is not None
    name = control.choice.production
    choice = control.choice.model_copy(update={"chosen": name, "tested": {name: control.choice.test_ids}})
    kept = with_control.model_copy(update={"decode_only": control.model_copy(update={"choice": choice})})
    for text in (render_markdown(kept), render_html(kept)):
        assert "Decode-only control: temperature 0.8" in text and "optimistic" in text
        assert "chosen decoding - production decoding" not in text
    assert "battery of the chosen decoding" not in _terminal(kept)


def test_a_control_cannot_be_reported_without_its_battery(with_control: StudyReport) -> None:
    assert with_control.decode_only is not None
    fields = with_control.decode_only.model_dump(mode="json")
    for needed in ("battery", "comparison", "costs", "pareto", "choice"):
        with pytest.raises(ValidationError, match=needed):
            DecodeOnlyReport.model_validate({name: value for name, value in fields.items() if name != needed})


def test_a_report_from_before_there_were_controls_is_still_read(report: StudyReport) -> None:
    written = json.loads(report.model_dump_json())
    del written["decode_only"], written["arms"][0]["against_decode_only"]
    assert StudyReport.model_validate(written) == report


def _everything(report: StudyReport) -> list[str]:
    return [render_markdown(report), render_html(report), _terminal(report)]


def test_a_gap_is_percentage_points_wherever_it_stands(with_control: StudyReport) -> None:
    gap = with_control.base.table.overall["gap@16"]
    assert value_of(gap).endswith(" pp") and not value_of(gap).startswith("+")
    for text in _everything(with_control):
        rows = [line for line in text.splitlines() if re.search(r"gap@\d+", line)]
        assert len(rows) > 3
        assert [line for line in rows if re.search(r"gap@\d+[^.;]*\d %(?! interval)", line)] == []
        assert value_of(gap) in text


def test_a_tolerance_has_the_unit_of_its_drift(report: StudyReport) -> None:
    rows = [row.texts for row in battery(report.arms[0].battery).rows]
    told = {row[0]: row[-2] for row in rows}
    assert told["length"] == "change of at most 25 % of base" and told["self-bleu"] == "rise of at most 10 % of base"
    assert told["repetition"] == "rise of at most 10 % of base"  # whose drift is insufficient here
    assert told["diversity"] == "fall of at most 2 pp" and told["comments"] == "change of at most 10 pp"
    for each, row in zip(report.arms[0].battery.outcomes, rows, strict=True):
        if isinstance(each.drift, Estimate):
            assert (" pp" in row[-3]) == row[-2].endswith("pp")
    terminal = _terminal(report)
    assert "change 25 %" in terminal and "change 10 pp" in terminal and "fall 2 pp" in terminal


@pytest.mark.parametrize("level", [0.9, 0.99])
def test_the_level_that_is_told_is_the_level_of_the_intervals(
    level: float, report_at: Callable[[float], StudyReport]
) -> None:
    for text in _everything(report_at(level)):
        assert "95 %" not in text and "95&nbsp;%" not in text
        assert text.count(f"{100 * level:g} % interval") > 5
