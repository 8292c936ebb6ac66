"""The held-out samples under a second scoring, and those on which the two disagree."""

from __future__ import annotations

from collections.abc import Iterator

from passgap.formatting import Intervals, sizes_of, value_of
from passgap.report.document import PAGES, Column, Heading, Only, Row, Section, Shows, Table, paragraph
from passgap.report.scorings import ScoringsReport
from passgap.report.sections.added.base import ReportSection
from passgap.report.study_report import StudyReport
from passgap.report.tables import columns

MOST_LISTED = 20
"""The samples of each model that are listed; all are in ``report.json``."""


class Scorings(ReportSection):
    """Pass rates under both scorings, and the samples that one passes alone."""

    name = "scorings"
    position = 10.0

    def sections(self, report: StudyReport) -> Iterator[Section]:
        """Yield both pass rates of each model, and the samples on which the scorings disagree."""
        found = report.scorings
        if found is None:
            return
        lead = paragraph(
            f"The same samples, scored by {found.first} and by {found.second}. Everything else in this report rests on "
            f"{found.first}."
        )
        yield Section(
            heading=Heading("Scored in two ways"),
            blocks=(Only(PAGES, (lead, _rates(found), _disagreements(found), *_listed(found))),),
        )


SECTION = Scorings()


def _rates(found: ScoringsReport) -> Table:
    measured = [
        (model, scoring, each)
        for model, one in found.models.items()
        for scoring, each in ((found.first, one.first), (found.second, one.second))
    ]
    intervals = Intervals(each for _, _, each in measured)
    return Table(
        title=intervals.titled("pass@1 by scoring"),
        columns=columns("model", "scoring", "pass@1", "interval", "sizes"),
        rows=tuple(
            Row((model, scoring, value_of(each), intervals.of(each), sizes_of(each)))
            for model, scoring, each in measured
        ),
    )


def _disagreements(found: ScoringsReport) -> Table:
    """How many samples each scoring passes alone: counts of these samples, of which nothing is estimated."""
    return Table(
        title="Samples on which the scorings disagree",
        columns=(
            Column("model"),
            Column("samples scored by both", numeric=True),
            Column(f"passed by {found.first} alone", numeric=True),
            Column(f"passed by {found.second} alone", numeric=True),
        ),
        rows=tuple(
            Row((model, *(f"{number:,}" for number in (one.compared, one.first_alone, one.second_alone))))
            for model, one in ((name, each.disagreements) for name, each in found.models.items())
        ),
        shows=Shows.DECLARED,
    )


def _listed(found: ScoringsReport) -> Iterator[Table]:
    """The samples themselves, by problem and number."""
    rows = tuple(
        Row((model, each.task_id, str(each.sample), each.first, each.second))
        for model, one in found.models.items()
        for each in one.disagreements.samples[:MOST_LISTED]
    )
    if rows:
        yield Table(
            title=f"The first {MOST_LISTED} of each model",
            columns=columns("model", "problem", "sample", found.first, found.second),
            rows=rows,
            shows=Shows.DECLARED,
        )
