"""The question, the model and the problems, and where everything is recorded."""

from __future__ import annotations

from collections.abc import Iterator

from passgap.report.document import PAGES, TERMINAL, Bullets, Heading, Look, Only, Section, paragraph
from passgap.report.sections import contamination, omissions
from passgap.report.study_report import StudyReport
from passgap.report.tables import facts


def sections(report: StudyReport) -> Iterator[Section]:
    """Yield the set-up with contamination, provenance, and what could not be produced."""
    setup = report.setup
    pages = (
        facts("Study", setup.facts),
        Bullets(tuple(f"Flag: {flag}" for flag in setup.flags)),
        contamination.section(report),
        facts("Provenance", report.provenance),
        omissions.section(report),
    )
    missing = tuple(paragraph(f"Not produced: {each}", look=Look.FAINT) for each in report.not_produced)
    yield Section(heading=Heading("Set-up and provenance"), blocks=(Only(PAGES, pages), Only(TERMINAL, missing)))
