"""The answer of ``passgap frontier`` as a document."""

from __future__ import annotations

from passgap.decisions.frontier_report import FrontierReport
from passgap.report.document import Document
from passgap.report.sections.frontier import frontier_section


def frontier_document(found: FrontierReport) -> Document:
    """The statements, the curves, the chosen decodings, and the battery at both."""
    return Document(title=found.study, sections=(frontier_section(found),))
