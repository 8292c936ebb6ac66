"""Programming languages as they are read without being run, one module per language."""

from passgap.languages.base import Language, ParsedProgram, Statement, Toolchain, code_tokens, lines_of
from passgap.records import DEFAULT_LANGUAGE
from passgap.registry import Registry

LANGUAGES = Registry[Language](
    package="passgap.languages", attribute="LANGUAGE", group="passgap.languages", noun="language"
)


def language_called(name: str) -> Language | None:
    """The language that a person means by a name, in any case; None where none has that name or alias."""
    wanted = name.strip().lower()
    return next((each for each in LANGUAGES.values() if wanted == each.name or wanted in each.aliases), None)


__all__ = [
    "DEFAULT_LANGUAGE",
    "LANGUAGES",
    "Language",
    "ParsedProgram",
    "Statement",
    "Toolchain",
    "code_tokens",
    "language_called",
    "lines_of",
]
