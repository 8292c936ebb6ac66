"""Comments: the share of answers to the style prompts whose code holds a comment."""

from __future__ import annotations

from passgap.languages import DEFAULT_LANGUAGE, LANGUAGES, Language
from passgap.probes._outcome import Rule
from passgap.probes._reading import by_syntax
from passgap.probes._samples import Prompts
from passgap.probes._tolerances import STYLE
from passgap.probes.base import ScoreProbe


def has_comment(program: str, language: Language = LANGUAGES[DEFAULT_LANGUAGE]) -> bool:
    """Whether a comment stands in the program, as far as it can be split into tokens."""
    return bool(language.comments(program))


PROBE = ScoreProbe(
    name="comments",
    position=50,
    quantity="share of answers with a comment",
    rule=Rule.CHANGE,
    tolerance=STYLE,
    prompts=Prompts("style"),
    reads_syntax=True,
    score=by_syntax(
        lambda answer, syntax: float(bool(syntax.comments)),
        before=lambda answer: float(has_comment(answer.code, answer.reader)),
    ),
)
