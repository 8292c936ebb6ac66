"""The reasons for the verdict, and its sensitivity to its inputs."""

from __future__ import annotations

from passgap.decisions import Verdict
from passgap.report.document import Bullets, Heading, Look, Row, Section, Shows, Table
from passgap.report.sections.verdict import named
from passgap.report.tables import columns


def section(verdict: Verdict) -> Section:
    """The reasons one by one, and the sensitivity table."""
    return Section(heading=Heading("Reasons"), blocks=(Bullets(verdict.reasons), sensitivity(verdict)))


def sensitivity(verdict: Verdict) -> Table:
    """The verdict for one input at an end of its interval, or declared differently, and the others as they are."""
    given = (verdict.verdict, verdict.other)
    rows = tuple(
        Row(
            (row.input, row.at, named(row.verdict, row.other)),
            look=Look.FAINT if (row.verdict, row.other) == given else Look.STRONG,
        )
        for row in verdict.sensitivity
    )
    return Table(
        title="Sensitivity of the verdict to one input",
        columns=columns("input", "value", "verdict"),
        rows=rows,
        shows=Shows.DECLARED,
    )
