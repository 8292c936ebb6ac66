"""Every section of a report has its place in the reading order."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from passgap.report import StudyReport, sections
from passgap.report.document import Medium, visible
from passgap.report.sections import READING_ORDER, report_document
from passgap.report.summary import summarise


def test_no_file_of_a_section_is_forgotten() -> None:
    modules = [import_module(f"{sections.__name__}.{each.name}") for each in iter_modules(sections.__path__)]
    found = {module.sections for module in modules if hasattr(module, "sections")}
    assert found == set(READING_ORDER) and len(READING_ORDER) == len(found)


def test_the_answer_leads_and_provenance_ends_a_page(with_control: StudyReport) -> None:
    headings = [each.heading.text for each in visible(report_document(with_control), Medium.HTML) if each.heading]
    control = with_control.decode_only
    assert control is not None
    assert headings == [
        summarise(with_control).step.answer,
        f"Verdict before training: {with_control.base.verdict.verdict.value}",
        f"minimal SSD: {with_control.arms[0].judgement.outcome.value}",
        f"Decode-only control: {control.choice.chosen}",
        "Base model",
        "Cost",
        "Words",
        "Set-up and provenance",
    ]
