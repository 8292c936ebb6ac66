"""Samples that were scored in two ways are shown with both pass rates and their disagreements, and only then."""

from __future__ import annotations

import json

from passgap.estimates import mean_interval
from passgap.estimates.scorings import Disagreement, Disagreements
from passgap.records import Insufficient
from passgap.report.html import document_html
from passgap.report.markdown import document_markdown
from passgap.report.scorings import ScoredTwice, ScoringsReport
from passgap.report.sections import report_document
from passgap.report.study_report import StudyReport
from passgap.testing.report_section_contract import small_report


def scored_twice() -> StudyReport:
    apart = tuple(
        Disagreement(task_id=f"p{number}", sample=number, first="failed", second="passed") for number in range(30)
    )
    first, second = (mean_interval([share] * 30, m=4) for share in (0.25, 0.5))
    found = ScoringsReport(
        first="ml-ssd",
        second="livecodebench",
        models={
            "base": ScoredTwice(
                first=first,
                second=second,
                disagreements=Disagreements(compared=120, first_alone=1, second_alone=29, samples=apart),
            ),
            "ssd": ScoredTwice(
                first=Insufficient(insufficient="no sample was scored", n=0, m=0),
                second=second,
                disagreements=Disagreements(compared=0, first_alone=0, second_alone=0, samples=()),
            ),
        },
    )
    return small_report().model_copy(update={"scorings": found})


def test_both_pass_rates_and_the_samples_apart_are_shown() -> None:
    text = document_markdown(report_document(scored_twice()))
    assert "Scored in two ways" in text
    assert "25.0 %" in text and "50.0 %" in text and "no sample was scored" in text
    assert "p0" in text and "p19" in text and "p20" not in text.split("Scored in two ways")[1]
    assert "Scored in two ways" in document_html(report_document(scored_twice()))


def test_a_report_without_a_second_scoring_has_no_trace_of_it() -> None:
    assert "Scored in two ways" not in document_markdown(report_document(small_report()))
    assert "scorings" not in json.loads(small_report().model_dump_json())
    assert "scorings" in json.loads(scored_twice().model_dump_json())
