"""Hedging: the share of held-out completions that doubt or check something in words, before they settle on an answer.

Self-distillation on raw samples can teach a model to sound certain: its thoughts are no longer hedged.
"""

from __future__ import annotations

import re

from passgap.probes._outcome import Rule
from passgap.probes.base import ScoreProbe, share_of
from passgap.spec import Tolerance, ToleranceUnit

_CODE = re.compile(r"^[ \t]*(```|~~~).*?(?:^[ \t]*\1[^\n]*$|\Z)", re.DOTALL | re.MULTILINE)
_DOUBTS = re.compile(
    r"""\b(?:
        wait | hmm+ | perhaps | maybe | might | probably | possibly | presumably | alternatively
      | assum(?:e|es|ed|ing) | unsure | not\ (?:entirely\ |quite\ )?(?:sure|certain|clear)
      | (?:let\ me|let's|let\ us|i'll|we\ (?:should|need\ to|must)|i\ (?:should|need\ to|must))\ (?:\w+\ )?
        (?:check|verify|test|think|re-?consider|re-?read|re-?think|make\ sure)
      | (?:double|sanity)[-\ ]check\w* | on\ second\ thought | i\ (?:think|believe|guess|suppose)
      | (?:seems|appears)\ to
    )\b""",
    re.IGNORECASE | re.VERBOSE,
)


def hedges(text: str) -> bool:
    """Whether the words of a text outside of its fenced code doubt or check something."""
    return _DOUBTS.search(_CODE.sub("", text)) is not None


PROBE = ScoreProbe(
    name="hedging",
    position=98,
    quantity="share of completions that doubt or check something in words",
    in_words="words of doubt",
    rule=Rule.FALL,
    tolerance=Tolerance(
        key="hedging",
        default=0.10,
        unit=ToleranceUnit.DIFFERENCE,
        description="Largest fall of the share of completions that doubt or check something.",
    ),
    score=share_of(lambda answer: hedges(answer.text)),
)
