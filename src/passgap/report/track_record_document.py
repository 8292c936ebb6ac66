"""The track record of the diagnostics as a document."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from passgap.formatting import Intervals, value_of
from passgap.predictors import PREDICTORS, Standing
from passgap.records.units import FractionOf1
from passgap.report.document import Block, Column, Document, Heading, Look, Row, Section, Table, paragraph

READ = (
    "Intervals are over studies: the arms of one share the samples of its base model. A diagnostic has shown something "
    "where it was right more often than the best direction that is always foretold. An undecided outcome makes no "
    "prediction right or wrong. A size agrees where the interval of its difference from the outcome holds 0."
)


def track_record_document(
    standings: Sequence[Standing], level: FractionOf1, counted: str, notes: Sequence[str]
) -> Document:
    """Show a track record.

    Args:
        standings: of each diagnostic.
        level: of the intervals.
        counted: which studies it is of, in a sentence.
        notes: what does not count, in sentences.
    """
    blocks = (
        (_directions(standings), _sizes(standings), paragraph(READ, look=Look.FAINT))
        if standings
        else (paragraph("No prediction has an outcome yet: `passgap run` records both."),)
    )
    section = Section(
        heading=Heading("track record of the diagnostics"),
        lead=(paragraph(counted), *(paragraph(f"- {each}", look=Look.FAINT) for each in notes)),
        blocks=tuple(_shown(blocks)),
    )
    return Document(sections=(section,))


def _shown(blocks: Sequence[Block | None]) -> Iterator[Block]:
    return (each for each in blocks if each is not None)


def _directions(standings: Sequence[Standing]) -> Table | None:
    told = [each for each in standings if each.told]
    intervals = Intervals(each.share for each in told)
    return Table(
        title=intervals.titled("directions that were foretold of pass@1"),
        columns=(
            Column("diagnostic"),
            Column("studies", numeric=True),
            Column("arms", numeric=True),
            Column("decided", numeric=True),
            Column("right", numeric=True),
            Column("share", numeric=True),
            Column("interval"),
            Column("always the same", numeric=True),
        ),
        rows=tuple(
            Row(
                (
                    _caption(each.predictor),
                    str(each.studies),
                    str(each.told),
                    str(each.decided),
                    str(each.right),
                    value_of(each.share),
                    intervals.of(each.share),
                    f"{each.commonest} of {each.decided}" if each.decided else "",
                )
            )
            for each in told
        ),
    )


def _sizes(standings: Sequence[Standing]) -> Table | None:
    sized = [each for each in standings if each.sized]
    if not sized:
        return None
    intervals = Intervals(figure for each in sized for figure in (each.coverage, each.error))
    return Table(
        title=intervals.titled("sizes that were foretold of the lift of pass@1"),
        columns=(
            Column("diagnostic"),
            Column("arms", numeric=True),
            Column("agree", numeric=True),
            Column("share", numeric=True),
            Column("interval"),
            Column("outcome minus size", numeric=True),
            Column("interval of it"),
        ),
        rows=tuple(
            Row(
                (
                    _caption(each.predictor),
                    str(each.sized),
                    str(each.covered),
                    value_of(each.coverage),
                    intervals.of(each.coverage),
                    value_of(each.error),
                    intervals.of(each.error),
                )
            )
            for each in sized
        ),
    )


def _caption(name: str) -> str:
    """The caption of a diagnostic; its name where it is not installed here."""
    return PREDICTORS[name].caption if name in PREDICTORS else name
