"""Docstrings: the share of answers to the style prompts whose code documents a function or a class."""

from __future__ import annotations

from passgap.languages import DEFAULT_LANGUAGE, LANGUAGES, Language
from passgap.probes._outcome import Rule
from passgap.probes._reading import by_syntax
from passgap.probes._samples import Prompts
from passgap.probes._tolerances import STYLE
from passgap.probes.base import ScoreProbe


def has_docstring(program: str, language: Language = LANGUAGES[DEFAULT_LANGUAGE]) -> bool:
    """Whether a function or class has a docstring; where the program does not parse, whether one follows a header."""
    return language.documented(program)


PROBE = ScoreProbe(
    name="docstrings",
    position=60,
    quantity="share of answers with a docstring",
    rule=Rule.CHANGE,
    tolerance=STYLE,
    prompts=Prompts("style"),
    reads_syntax=True,
    score=by_syntax(
        lambda answer, syntax: float(syntax.documented),
        before=lambda answer: float(has_docstring(answer.code, answer.reader)),
    ),
)
