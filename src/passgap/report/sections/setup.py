"""The question, the model and the problems, and where everything is recorded."""

from __future__ import annotations

from collections.abc import Iterator

from passgap.report.document import TERMINAL, Bullets, Heading, Look, Medium, Only, Section, paragraph
from passgap.report.sections import contamination, omissions
from passgap.report.study_report import StudyReport
from passgap.report.tables import facts


def sections(report: StudyReport) -> Iterator[Section]:
    """Yield the set-up with contamination, provenance, and what could not be produced."""
    yield _section(report, Medium.MARKDOWN, "Set-up", "flag", tight=True)
    yield _section(report, Medium.HTML, "Set-up and provenance", "Flag")
    missing = tuple(paragraph(f"Not produced: {each}", look=Look.FAINT) for each in report.not_produced)
    yield Section(heading=None, blocks=(Only(TERMINAL, missing),))


def _section(report: StudyReport, medium: Medium, title: str, flag: str, *, tight: bool = False) -> Section:
    setup = report.setup
    return Section(
        heading=Heading(title),
        blocks=(
            Only(
                frozenset({medium}),
                (
                    facts("Study", setup.facts),
                    Bullets(tuple(f"{flag}: {each}" for each in setup.flags), optional=True, tight=tight),
                    contamination.section(report),
                    facts("Provenance", report.provenance),
                    omissions.section(report),
                ),
            ),
        ),
    )
