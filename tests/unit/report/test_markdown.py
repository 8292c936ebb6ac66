"""Markdown is short enough for a pull request, and no text of a study makes an element, a link or a mention."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

from hostile import ENDLESS, EVERYTHING
from passgap.report import StudyReport, render_markdown, write_reports
from passgap.report.document import Details, Document, Heading, Section, paragraph
from passgap.report.markdown import PULL_REQUEST, document_markdown
from passgap.report.sections import report_document


def test_a_long_report_keeps_its_leads_and_says_what_is_left_out(several_candidates: StudyReport) -> None:
    document = report_document(several_candidates)
    assert len(document_markdown(document)) > 30_000
    short = document_markdown(document, longest=30_000)
    assert len(short) <= 30_000 and "they are in report.html" in short and "in report.html." in short
    for arm in several_candidates.arms:
        assert f"## {arm.caption}" in short and arm.judgement.headline in short
    assert (
        document_markdown(document, longest=10**7) == document_markdown(document) == render_markdown(several_candidates)
    )


def test_one_that_cannot_be_short_enough_ends(several_candidates: StudyReport) -> None:
    sections = (Section(heading=Heading("first"), lead=(paragraph("x" * 3_000),)), Section(heading=Heading("second")))
    assert len(document_markdown(Document(sections), longest=100)) > 100


def test_what_is_folded_goes_first() -> None:
    folded = Section(heading=Heading("a"), blocks=(paragraph("kept"), Details("3 tables", (paragraph("y" * 500),))))
    text = document_markdown(Document((Section(heading=Heading("top")), folded)), longest=400)
    assert "kept" in text and "3 tables: in report.html." in text and "yyy" not in text


def test_hostile_text_is_text(report: StudyReport) -> None:
    setup = report.setup.model_copy(update={"study": EVERYTHING, "flags": (EVERYTHING, ENDLESS)})
    text = render_markdown(report.model_copy(update={"setup": setup, "not_produced": (EVERYTHING,)}))
    assert "<script" not in text and "<img" not in text and "<!--" not in text
    assert "[link](" not in text and "x](http" not in text and " @somebody" not in text
    assert "\x1b" not in text and "\u202e" not in text and "\\u202e" in text
    assert len(text) < PULL_REQUEST + 30_000 and all(len(line) < 20_000 for line in text.splitlines())
    assert text.splitlines()[0].startswith("# ")


def test_the_written_report_refers_to_drawings_that_stand_alone(report: StudyReport, tmp_path: Path) -> None:
    write_reports(report, tmp_path)
    text = (tmp_path / "report.md").read_text()
    pictures = sorted((tmp_path / "report-figures").iterdir())
    assert len(pictures) == 3 and len(text) <= PULL_REQUEST
    for each in pictures:
        assert f"](report-figures/{each.name})" in text
        assert ElementTree.fromstring(each.read_text()).tag.endswith("}svg")
