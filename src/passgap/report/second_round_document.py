"""The answer of ``passgap run --round 2`` as a document."""

from __future__ import annotations

from passgap.report.document import Document
from passgap.report.second_round import Round2Report
from passgap.report.sections.second_round import round_section


def second_round_document(found: Round2Report) -> Document:
    """The outcome, every comparison with its battery, and what the round took."""
    return Document(title=found.study, sections=(round_section(found),))
