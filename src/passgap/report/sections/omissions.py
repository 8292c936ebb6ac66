"""Results that could not be produced, named instead of padded."""

from __future__ import annotations

from passgap.report.document import Bullets, Heading, Section
from passgap.report.study_report import StudyReport


def section(report: StudyReport) -> Section:
    """Every missing result with the reason."""
    return Section(heading=Heading("Not produced"), blocks=(Bullets(report.not_produced),))
