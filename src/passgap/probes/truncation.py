"""Truncation: the share of completions that end at the token limit, because the model did not end its answer."""

from __future__ import annotations

from passgap.probes._outcome import Rule
from passgap.probes.base import ScoreProbe, share_of
from passgap.spec import Tolerance, ToleranceUnit

PROBE = ScoreProbe(
    name="truncation",
    position=35,
    quantity="share of completions that end at the token limit",
    in_words="answers cut at the token limit",
    rule=Rule.RISE,
    collapse=True,
    tolerance=Tolerance(
        key="truncation",
        default=0.05,
        unit=ToleranceUnit.DIFFERENCE,
        description="Largest rise of the share of completions that end at the token limit.",
    ),
    score=share_of(lambda answer: answer.truncated),
)
