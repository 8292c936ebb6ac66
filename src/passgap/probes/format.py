"""Format: the share of answers that hold code where a number, a word or a sentence was asked for."""

from __future__ import annotations

from passgap.languages import DEFAULT_LANGUAGE, LANGUAGES, Language
from passgap.probes._outcome import Rule
from passgap.probes._samples import Prompts
from passgap.probes._text import without_blank_lines
from passgap.probes.base import ScoreProbe, share_of
from passgap.spec import Tolerance, ToleranceUnit


def holds_code(answer: str, language: Language = LANGUAGES[DEFAULT_LANGUAGE]) -> bool:
    """Whether an answer holds a program, where a number, a word or a sentence was asked for."""
    return "```" in answer or language.looks_like_code(without_blank_lines(answer), calls=True)


PROBE = ScoreProbe(
    name="format",
    position=100,
    quantity="share of answers with code where a number or words were asked for",
    in_words="code where none was asked for",
    rule=Rule.RISE,
    tolerance=Tolerance(
        key="format",
        default=0.10,
        unit=ToleranceUnit.DIFFERENCE,
        description="Largest rise of code where a number or words were asked for.",
    ),
    prompts=Prompts("format"),
    score=share_of(lambda answer: holds_code(answer.text, answer.reader)),
)
