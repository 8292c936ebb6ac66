"""The words of a report, for those who read one for the first time."""

from __future__ import annotations

from collections.abc import Iterator

from passgap.report.document import PAGES, Answers, Heading, Only, Section
from passgap.report.sections.added.base import ReportSection
from passgap.report.study_report import StudyReport

WORDS = (
    (
        "SSD",
        "simple self-distillation, training a model on its own samples: minimal, on all of them; verifier-aware, on "
        "those that pass the tests",
    ),
    ("pass@k", "the share of problems of which at least one of k tries passes all tests"),
    (
        "gap@k",
        "pass@k minus pass@1: what the model can do and seldom does first, which training on its samples spends",
    ),
    (
        "interval",
        "where the quantity of all such problems lies, with the stated certainty, given these samples",
    ),
    ("pp", "percentage points: the difference of two percentages"),
    ("n, m", "problems, and samples of each, that a figure rests on"),
    ("arm", "one way to change the model or its use, measured like every other"),
    ("battery", "probes of what training may break, each with a tolerance that was declared before training"),
    ("Holm", "the adjustment that keeps one of many arms from looking good by chance"),
    ("dominates", "is surely no worse in accuracy and in cost, and surely better in one of them"),
    ("held-out", "problems that nothing was trained or chosen on, checked against the pool"),
    ("ledger", "the record of what was declared before it was measured; each entry holds the hash of the one before"),
)


class Words(ReportSection):
    """A short glossary."""

    name = "words"

    def sections(self, report: StudyReport) -> Iterator[Section]:
        """Yield the words, on pages alone."""
        del report
        yield Section(heading=Heading("Words"), blocks=(Only(PAGES, (Answers(WORDS),)),))


SECTION = Words()
