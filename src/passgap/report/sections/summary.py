"""The first screen: the question, the answer, what it rests on, and what to do next."""

from __future__ import annotations

from collections.abc import Iterator

from passgap.report.document import Answers, Heading, Section
from passgap.report.numbers import Numbers
from passgap.report.study_report import StudyReport
from passgap.report.summary import summarise


def sections(report: StudyReport) -> Iterator[Section]:
    """Yield the summary."""
    found = summarise(report)
    yield Section(
        heading=Heading(
            found.step.answer,
            label=found.label,
            question=found.question,
            short="Answer",
        ),
        lead=(
            Answers((("Do next", found.step.action), ("Why", found.step.why)), first=True),
            Numbers(found.numbers),
            Answers(
                (
                    ("Verdict before training" if found.outcome else "Verdict", found.verdict),
                    ("Outcome", found.outcome),
                    ("Caution", found.caution),
                )
            ),
        ),
        outcome=f"summary {found.look}",
    )
