"""Programming languages as they are read without being run, one module per language."""

from passgap.languages.base import Language, code_tokens
from passgap.languages.common.parsed_program import ParsedProgram, Statement, lines_of
from passgap.languages.common.program_syntax import RULES, FunctionSyntax, ProgramSyntax
from passgap.languages.common.toolchain import (
    COMMAND_STYLES,
    SCRIPT,
    BuildLimits,
    CompileServer,
    Preparation,
    Tool,
    Toolchain,
    expanded,
)
from passgap.languages.common.trees import Grammar
from passgap.records import DEFAULT_LANGUAGE
from passgap.registry import Registry

LANGUAGES = Registry[Language](
    package="passgap.languages", attribute="LANGUAGE", group="passgap.languages", noun="language"
)


def language_called(name: str) -> Language | None:
    """The language that a person means by a name, in any case; None where none has that name or alias."""
    wanted = name.strip().lower()
    return next((each for each in LANGUAGES.values() if wanted == each.name or wanted in each.aliases), None)


def needs_commands(name: str) -> bool:
    """Whether programs in the language of a name are run by other programs than the sandbox's own interpreter."""
    toolchain = LANGUAGES[name].toolchain
    return toolchain is not None and toolchain.needs_commands


__all__ = [
    "COMMAND_STYLES",
    "DEFAULT_LANGUAGE",
    "LANGUAGES",
    "RULES",
    "SCRIPT",
    "BuildLimits",
    "CompileServer",
    "FunctionSyntax",
    "Grammar",
    "Language",
    "ParsedProgram",
    "Preparation",
    "ProgramSyntax",
    "Statement",
    "Tool",
    "Toolchain",
    "code_tokens",
    "expanded",
    "language_called",
    "lines_of",
    "needs_commands",
]
