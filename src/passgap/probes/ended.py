"""Ended: the share of short answers that the model ends itself, where a line or a sentence is asked for."""

from __future__ import annotations

from passgap.probes._outcome import Rule
from passgap.probes._samples import Prompts
from passgap.probes.base import ScoreProbe, share_of
from passgap.spec import Tolerance, ToleranceUnit

PROBE = ScoreProbe(
    name="ended",
    position=36,
    quantity="share of short answers that the model ends itself",
    in_words="short answers that it ends itself",
    rule=Rule.FALL,
    collapse=True,
    tolerance=Tolerance(
        key="ended",
        default=0.10,
        unit=ToleranceUnit.DIFFERENCE,
        description="Largest fall of the share of short answers that the model ends itself.",
    ),
    prompts=Prompts("format"),
    score=share_of(lambda answer: not answer.truncated),
)
