"""Fences: the share of held-out completions with their code in one fenced block that names its language."""

from __future__ import annotations

import re

from passgap.probes._outcome import Rule
from passgap.probes._samples import Answer
from passgap.probes.base import ScoreProbe, share_of
from passgap.spec import Tolerance, ToleranceUnit

_OPENING = re.compile(r"^[ \t]*(?:```|~~~)[ \t]*([^\s`~]*)", re.MULTILINE)


def is_fenced(answer: Answer) -> bool:
    """Whether an answer has one fenced block, closed or cut, whose label names its language."""
    fences = _OPENING.findall(answer.text)
    return 1 <= len(fences) <= 2 and answer.reader.is_label(fences[0])


PROBE = ScoreProbe(
    name="fences",
    position=96,
    quantity="share of completions with their code in one fenced block that names its language",
    in_words="how its code is marked",
    rule=Rule.CHANGE,
    tolerance=Tolerance(
        key="fences",
        default=0.10,
        unit=ToleranceUnit.DIFFERENCE,
        description="Largest change of the share of code in one fenced block that names its language.",
    ),
    score=share_of(is_fenced),
)
