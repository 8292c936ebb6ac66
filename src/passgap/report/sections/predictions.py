"""The predictions of each arm by the diagnostics, beside their outcomes."""

from __future__ import annotations

from collections.abc import Iterator

from passgap.formatting import Intervals, sizes_of, stated, value_of
from passgap.predictors import PREDICTORS, Direction, Scored
from passgap.report.document import Block, Cell, Column, Heading, Look, Mark, Row, Section, Table, paragraph
from passgap.report.predictions import PredictionsOutcome
from passgap.report.study_report import ArmReport, StudyReport

MARKS: dict[bool | None, Cell] = {True: Mark("yes", Look.GOOD), False: Mark("no", Look.BAD), None: ""}

READ = (
    "Each row was recorded before the arm was registered. An outcome counts as up or down where its whole interval "
    "does, as no change where that excludes the least lift that matters, and as undecided otherwise."
)


def sections(report: StudyReport) -> Iterator[Section]:
    """Yield the predictions of every arm that has any."""
    known = [(arm, arm.predictions) for arm in report.arms if arm.predictions is not None]
    if known:
        blocks = [block for arm, found in known for block in _blocks(arm, found)]
        yield Section(heading=Heading("Predictions and outcomes"), blocks=(*blocks, paragraph(READ, look=Look.FAINT)))


def _blocks(arm: ArmReport, found: PredictionsOutcome) -> Iterator[Block]:
    if found.scored:
        yield paragraph(f"{arm.caption}: pass@1 changed by {stated(found.scored[0].outcome)}.")
        yield _predictions(arm, found.scored)
    if found.changes:
        yield _changes(arm, found)


def _predictions(arm: ArmReport, scored: tuple[Scored, ...]) -> Table:
    intervals = Intervals(each.prediction.measured for each in scored)
    return Table(
        title=intervals.titled(f"{arm.arm}: what was foretold of pass@1"),
        columns=(
            Column("diagnostic"),
            Column("measured", numeric=True),
            Column("interval"),
            Column("sizes", faint=True),
            Column("foretold"),
            Column("came"),
            Column("right"),
            Column("size agrees"),
            Column("because", faint=True),
        ),
        rows=tuple(
            Row(
                (
                    _caption(each.prediction.predictor),
                    value_of(each.prediction.measured),
                    intervals.of(each.prediction.measured),
                    sizes_of(each.prediction.measured),
                    _direction(each.prediction.direction, "nothing"),
                    _direction(each.came, "undecided"),
                    MARKS[each.right],
                    MARKS[each.covered],
                    each.prediction.because,
                )
            )
            for each in scored
        ),
    )


def _changes(arm: ArmReport, found: PredictionsOutcome) -> Table:
    intervals = Intervals(each.measured for each in found.changes)
    return Table(
        title=intervals.titled(f"{arm.arm}: what it changed beside pass@1"),
        columns=(
            Column("quantity"),
            Column("value", numeric=True),
            Column("interval"),
            Column("sizes", faint=True),
            Column("source", faint=True),
        ),
        rows=tuple(
            Row(
                (
                    each.caption,
                    value_of(each.measured),
                    intervals.of(each.measured),
                    sizes_of(each.measured),
                    each.source,
                )
            )
            for each in found.changes
        ),
    )


def _caption(name: str) -> str:
    """The caption of a diagnostic; its name where it is not installed here."""
    return PREDICTORS[name].caption if name in PREDICTORS else name


def _direction(direction: Direction | None, without: str) -> str:
    return without if direction is None else direction.value
