"""The comparison of a candidate with its counterpart, which trained arms and the decode-only control share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from passgap.decisions import ParetoOutcome
from passgap.formatting import extra_hours, inline
from passgap.report.document import PAGES, TERMINAL, Block, Only, Row, Table, paragraph
from passgap.report.study_report import Candidate
from passgap.report.tables import (
    Sides,
    battery,
    battery_summary,
    columns,
    deltas,
    deltas_summary,
)


@dataclass(frozen=True, slots=True)
class Naming:
    """The names of a candidate and of its counterpart in its tables."""

    sides: Sides
    deltas: str
    """The title of the deltas where there is little room."""
    battery: str
    """The title of the battery where there is little room."""
    truncated: str
    """Whose completions were truncated."""


def comparison_blocks(candidate: Candidate, naming: Naming) -> Iterator[Block]:
    """Yield the deltas, the battery and the place among the baselines: none of them stands without the others."""
    yield Only(
        PAGES,
        (
            deltas(candidate.comparison, naming.sides, "Paired deltas on the same problems"),
            battery(candidate.battery, naming.sides),
            pareto(candidate.pareto),
        ),
    )
    yield Only(
        TERMINAL,
        (
            deltas_summary(naming.deltas, candidate.comparison),
            battery_summary(candidate.battery, naming.battery),
        ),
    )


def completions(candidate: Candidate, naming: Naming) -> Only:
    """How many completions were truncated, and where programs were found in them."""
    said = f"{naming.truncated}: {inline(candidate.truncated)}."
    return Only(PAGES, (paragraph(said, extraction(candidate.extraction)),))


def pareto(outcome: ParetoOutcome) -> Table:
    """The candidate against each measured baseline, by the paired rule and by non-overlap."""
    rows = tuple(
        Row(
            (
                row.baseline,
                row.relation.value,
                row.strict.value,
                inline(row.lift),
                extra_hours(row.extra_hours),
                inline(row.lift_per_hour),
            )
        )
        for row in outcome.rows
    )
    return Table(
        title="Comparison with the baselines",
        columns=columns(
            "baseline", "paired rule", "non-overlap rule", "lift", "extra device-hours", "lift per device-hour"
        ),
        rows=rows,
    )


def extraction(counts: Mapping[str, int]) -> str:
    """By which rule programs were found in completions; empty where that is not known."""
    if not counts:
        return ""
    return (
        "Programs were extracted by these rules: "
        + ", ".join(f"{rule} {number:,}" for rule, number in counts.items())
        + "."
    )
