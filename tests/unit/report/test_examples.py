"""The answers that moved a probe most stand beside its alert: in HTML of every probe, in Markdown of the alerts."""

from __future__ import annotations

import pytest

from passgap.probes import ProbeStatus, TellingExample
from passgap.report import StudyReport, render_html, render_markdown, report_document
from passgap.report.markdown import document_markdown

HOSTILE = "<script>alert(1)</script> | [x](https://example.org)\n```python\nprint('\x1b[31m')\n"


@pytest.fixture
def moved(report: StudyReport) -> StudyReport:
    """The report with examples of two probes, of which one alerts."""
    arm = report.arms[0]
    first, second = (each.probe for each in arm.battery.outcomes[:2])
    outcomes = tuple(
        each.model_copy(update={"status": ProbeStatus.ALERT if each.probe == second else ProbeStatus.WITHIN})
        for each in arm.battery.outcomes
    )
    examples = tuple(
        TellingExample(
            probe=probe,
            asked=f"asked {probe} {number}",
            base_score=0.0,
            tuned_score=1.0,
            base=HOSTILE,
            tuned="b" * 600,
        )
        for probe in (first, second)
        for number in range(10)
    )
    battery = arm.battery.model_copy(update={"outcomes": outcomes})
    arms = (arm.model_copy(update={"battery": battery, "examples": examples}), *report.arms[1:])
    return report.model_copy(update={"arms": arms})


def test_a_page_has_all_and_markdown_those_of_alerts(moved: StudyReport) -> None:
    first, second = (each.probe for each in moved.arms[0].battery.outcomes[:2])
    page, text = render_html(moved), render_markdown(moved)
    for number in range(10):
        assert f"asked {first} {number}" in page and f"asked {second} {number}" in page
        assert f"asked {second} {number}" in text and f"asked {first} {number}" not in text
    assert "<script>alert(1)" not in page and "\x1b" not in page
    assert "<script>alert(1)" not in text and "\x1b" not in text
    assert "](https://example.org)" not in text


def test_a_report_that_must_be_short_leaves_them_to_the_page(moved: StudyReport) -> None:
    whole = document_markdown(report_document(moved))
    short = document_markdown(report_document(moved), longest=len(whole) - 1)
    assert len(short) < len(whole)
    assert "The answers that moved each alerting probe most: in report.html." in short


def test_a_study_without_examples_shows_none(report: StudyReport) -> None:
    assert "moved each" not in render_html(report) and "moved each" not in render_markdown(report)
