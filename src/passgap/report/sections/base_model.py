"""The base model's diagnostics, which the verdict rests on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from passgap.estimates import LearningSignal, ModeCorrectness
from passgap.formatting import Intervals, inline, sizes_of, value_of
from passgap.records import Measured
from passgap.report.document import PAGES, Bullets, Figure, Heading, Only, Row, Section, Table, paragraph
from passgap.report.sections import reasons
from passgap.report.sections.candidate import extraction
from passgap.report.sections.trained_arms import curves
from passgap.report.study_report import StudyReport
from passgap.report.tables import columns, estimates


def sections(report: StudyReport) -> Iterator[Section]:
    """Yield the diagnostics, and the reasons for the verdict."""
    base = report.base
    ended = f"{_outcomes(base.outcomes)}; truncated: {inline(base.truncated)}."
    yield Section(
        heading=Heading("Base model"),
        blocks=(
            Only(
                PAGES,
                (
                    Figure(() if report.arms else (curves(report),)),
                    estimates("pass@k and gap of the base model", base.table),
                    paragraph(ended, extraction(base.extraction)),
                    Bullets(base.notes, strong=True),
                    _diagnostics(base.modes, base.signal),
                    reasons.section(base.verdict),
                ),
            ),
        ),
    )


def _outcomes(counts: Mapping[str, int]) -> str:
    """How the samples ended, in one line."""
    total = sum(counts.values())
    return f"{total:,} samples: " + ", ".join(f"{number:,} {outcome}" for outcome, number in counts.items())


def _diagnostics(modes: ModeCorrectness | None, signal: LearningSignal | None) -> Table:
    """Mode correctness and learning signal."""
    found: dict[str, Measured] = {}
    if modes is not None:
        found["contested problems whose most frequent behaviour is correct"] = modes.plurality
        found["change of pass@1 if the most frequent behaviour were always given"] = modes.sharpening
        found.update(modes.majority)
    if signal is not None:
        found["KL divergence from the training target to the model, per token"] = signal.divergence
        found["probability moved, per token"] = signal.moved
        found["probability removed by truncation, per token"] = signal.removed
        found["lock-like positions"] = signal.locks
        found["fork-like positions"] = signal.forks
    intervals = Intervals(found.values())
    return Table(
        title=intervals.titled("Mode correctness and learning signal"),
        columns=columns("quantity", "value", "interval", "sizes"),
        rows=tuple(Row((name, value_of(each), intervals.of(each), sizes_of(each))) for name, each in found.items()),
    )
