"""A verdict is shown with its estimates, the decode-only choice where there is one, and its sensitivity."""

from __future__ import annotations

import io

from rich.console import Console

from passgap.decisions import DecodingChoice, SensitivityRow, VerdictKind
from passgap.formatting import interval_of
from passgap.report.document import Look
from passgap.report.sections.reasons import sensitivity
from passgap.report.study_report import StudyReport
from passgap.report.terminal import print_document
from passgap.report.verdict_document import verdict_document


def _terminal(report: StudyReport, choice: DecodingChoice | None) -> str:
    console = Console(file=io.StringIO(), width=160, highlight=False)
    print_document(console, verdict_document(report.base.verdict, report.base.table, "results.jsonl (own)", choice))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_the_verdict_leads_and_its_estimates_name_their_source(report: StudyReport) -> None:
    text = _terminal(report, None)
    assert report.base.verdict.verdict.value in text.splitlines()[0]
    assert "results.jsonl (own), 95 % intervals" in text
    for each in report.base.table.overall.values():
        assert interval_of(each) in text


def test_the_choice_of_a_decoding_is_shown_where_there_is_one(with_control: StudyReport) -> None:
    control = with_control.decode_only
    assert control is not None
    for setting in control.choice.development:
        assert setting in _terminal(with_control, control.choice)
    assert "greedy" not in _terminal(with_control, None)


def test_rows_that_change_the_verdict_stand_out(report: StudyReport) -> None:
    same = report.base.verdict.model_copy(update={"verdict": VerdictKind.GO_SSD, "other": None})
    rows = tuple(SensitivityRow(input="gap@16", at="low: 4.0 pp", verdict=kind) for kind in VerdictKind)
    table = sensitivity(same.model_copy(update={"sensitivity": rows}))
    assert {row.texts[2]: row.look for row in table.rows} == {
        kind.value: Look.FAINT if kind is VerdictKind.GO_SSD else Look.STRONG for kind in VerdictKind
    }
