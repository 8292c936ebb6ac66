"""The syntax of the code in answers, by the reader that a study registered."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache

from passgap.languages import DEFAULT_LANGUAGE, LANGUAGES, RULES, ProgramSyntax
from passgap.probes._samples import Answer
from passgap.probes.base import Score, mean_of


def by_syntax(
    parts: Callable[[Answer, ProgramSyntax], float | None], before: Callable[[Answer], float | None]
) -> Score:
    """Score a prompt's answers by the syntax of each one's code.

    Args:
        parts: the score of an answer, from the parts of its code; None where it has none.
        before: the score in studies of the editions that named no reader.
    """

    def score(answer: Answer) -> float | None:
        if answer.read_by is None:
            return before(answer)
        language = answer.reader.name
        if missing_reader(language, answer.read_by):
            return None
        return parts(answer, _syntax(language, answer.read_by, answer.code))

    return mean_of(score)


@lru_cache(maxsize=4096)  # four probes read each answer, and the base model's are compared with those of every arm
def _syntax(language: str, reader: str, code: str) -> ProgramSyntax:
    known = LANGUAGES[language]
    return known.read_by_rules(code) if reader == RULES else known.syntax(code)


@lru_cache(maxsize=65_536)
def errors_in(language: str, reader: str, code: str) -> int:
    """The places of a code that do not parse, without its other parts."""
    known = LANGUAGES[language]
    return known.errors_by_rules(code) if reader == RULES else known.errors(code)


def missing_reader(language: str, reader: str) -> str:
    """Why a registered reader cannot read programs here, with what brings it; empty where it can."""
    known = LANGUAGES[language]
    if reader in (RULES, known.reader):
        return ""
    package, _, version = reader.partition(" ")
    return (
        f"{known.title} was to be read by {reader}, and "
        + (f"{known.reader} is installed here" if known.reader != RULES else "it is not installed here")
        + f": `pip install 'passgap[trees]' {package}=={version}` brings it"
    )


def readers_of(answers: Iterable[Answer]) -> dict[str, str]:
    """The registered reader of each language that answers are read in, Python aside, which has one parser alone."""
    found = {each.reader.name: each.read_by for each in answers if each.read_by is not None}
    return {language: reader for language, reader in sorted(found.items()) if language != DEFAULT_LANGUAGE}


def told(readers: dict[str, str]) -> str:
    """The readers of languages, in words."""
    by = {language: "its own rules" if reader == RULES else reader for language, reader in readers.items()}
    return "; ".join(f"{LANGUAGES[language].title} is read by {reader}" for language, reader in by.items())
