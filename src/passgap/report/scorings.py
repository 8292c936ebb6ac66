"""The records of held-out samples that were scored by two sets of rules."""

from __future__ import annotations

from passgap.estimates.scorings import Disagreements
from passgap.records import Measured, Record


class ScoredTwice(Record):
    """The samples of one model under two scorings."""

    first: Measured
    """pass@1 under the study's own scoring."""
    second: Measured
    disagreements: Disagreements


class ScoringsReport(Record):
    """The outcomes of the samples of a study's models under two scorings. No decision rests on the second one."""

    first: str
    second: str
    models: dict[str, ScoredTwice]
    """By the names of their arms; the base model's is ``base``."""
