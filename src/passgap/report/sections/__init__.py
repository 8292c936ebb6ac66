"""The sections of a study's report, one file per section.

A section is a function from the report to the sections it contributes: none where there is nothing to show, several
where it is one per arm. Those that no step of passgap needs are members of a table (:mod:`.added`), to which other
distributions can add.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from passgap.report.document import Document, Section
from passgap.report.sections import (
    advice,
    arms,
    base_model,
    control,
    cost,
    frontier,
    pilot,
    predictions,
    race,
    second_round,
    setup,
    summary,
    trained_arms,
    verdict,
    yields,
)
from passgap.report.sections.added import SECTIONS
from passgap.report.study_report import StudyReport

READING_ORDER: tuple[Callable[[StudyReport], Iterator[Section]], ...] = (
    summary.sections,
    verdict.sections,
    advice.sections,
    arms.sections,
    trained_arms.sections,
    race.sections,
    second_round.sections,
    frontier.sections,
    pilot.sections,
    control.sections,
    base_model.sections,
    yields.sections,
    predictions.sections,
    cost.sections,
    setup.sections,
)


def report_document(report: StudyReport) -> Document:
    """The report as a document, answer first, set-up and provenance last."""
    *before, last = READING_ORDER
    added = [each.sections for each in SECTIONS.values()]
    return Document(
        title=report.setup.study,
        subtitle=report.setup.model,
        sections=tuple(section for sections in (*before, *added, last) for section in sections(report)),
    )


__all__ = ["READING_ORDER", "report_document"]
