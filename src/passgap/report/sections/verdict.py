"""The verdict on the base model: its paragraph, and what a reader must know before acting on it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from passgap.decisions import Verdict, VerdictKind
from passgap.moves import Move
from passgap.report.document import TERMINAL, Bullets, Heading, Only, Section, Text, paragraph
from passgap.report.study_report import StudyReport
from passgap.report.tables import estimates_summary


def sections(report: StudyReport) -> Iterator[Section]:
    """Yield the verdict with the estimates it rests on, which pages show under the base model."""
    verdict, heading = report.base.verdict, verdict_heading(report.base.verdict)
    if report.arms:  # it was the basis of a decision that was since carried out, and is no longer the answer
        heading = replace(heading, text=f"Verdict before training: {heading.text}")
    yield Section(
        heading=heading,
        lead=verdict_lead(verdict),
        blocks=(Only(TERMINAL, (estimates_summary("base model", report.base.table),)),),
        outcome="" if report.arms else verdict.verdict.value,
    )


def verdict_heading(verdict: Verdict) -> Heading:
    """The verdict, with the move it names and whether it is underpowered."""
    return Heading(
        named(verdict.verdict, verdict.other),
        label="underpowered" if verdict.underpowered else "",
        caution="Underpowered: not a basis for a decision." if verdict.underpowered else "",
        short="Verdict",
    )


def verdict_lead(verdict: Verdict) -> tuple[Text, Bullets]:
    """The verdict in a paragraph, and its caveats."""
    return paragraph(verdict.justification), Bullets(verdict.caveats)


def named(verdict: VerdictKind, other: Move | None) -> str:
    """The verdict, with the move that GO-OTHER names: ``GO-OTHER (do-nothing)``."""
    return verdict.value + (f" ({other.label})" if other else "")
