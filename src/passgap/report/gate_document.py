"""The gate of a second round as a document."""

from __future__ import annotations

from collections.abc import Iterator

from passgap.decisions.gate_report import GateReport
from passgap.formatting import factor
from passgap.report.document import Block, Column, Document, Heading, Look, Mark, Row, Section, Table, paragraph
from passgap.report.tables import battery_summary


def gate_document(gate: GateReport) -> Document:
    """The answer, every condition, what the strict rule costs, and the battery."""
    answer = "OPEN" if gate.open else "CLOSED"
    section = Section(
        heading=Heading(f"round 2 after {gate.arm}: {answer}"),
        lead=tuple(_lead(gate)),
        blocks=(battery_summary(gate.battery),),
        outcome=answer,
    )
    return Document(title=gate.study, sections=(section,))


def _lead(gate: GateReport) -> Iterator[Block]:
    yield paragraph(gate.summary)
    yield Table(
        title="",
        columns=(Column(""), Column(""), Column("")),
        rows=tuple(
            Row((Mark("met", Look.GOOD) if each.met else Mark("missed", Look.BAD), each.name, each.detail))
            for each in gate.conditions
        ),
    )
    if gate.cost_of_non_overlap is not None:
        yield paragraph(
            f"Non-overlap needs {factor(gate.cost_of_non_overlap)} times as many problems as the paired interval, at "
            f"equal power on these problems.",
            look=Look.FAINT,
        )
    declared = (
        ("release blocker", gate.blocker),
        ("rollback", gate.rollback),
        ("checkpoints kept", gate.checkpoints),
    )
    for name, text in declared:
        yield paragraph(f"- {name}: {text}", look=Look.FAINT)
