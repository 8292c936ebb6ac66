"""Pool problems that were too close to held-out ones."""

from __future__ import annotations

from passgap.formatting import similarity
from passgap.report.document import Bullets, Details, Heading, Section, paragraph
from passgap.report.study_report import StudyReport


def section(report: StudyReport) -> Section:
    """The sets that were compared, and every match."""
    matches = tuple(
        f"{line.item} ~ {line.matched}: {line.rule}, similarity {similarity(line.score)} of 1"
        for line in report.contamination
    )
    return Section(
        heading=Heading("Contamination"),
        blocks=(
            paragraph(f"{report.contamination_checked}."),
            Details(f"{len(matches)} matches", (Bullets(matches),) if matches else ()),
        ),
    )
