"""The syntax of a program as probes and extraction look at it, and the reader that found it."""

from __future__ import annotations

from dataclasses import dataclass

RULES = "rules"
"""The reader's name where a language's own rules read the program, rather than a grammar."""


@dataclass(frozen=True)
class FunctionSyntax:
    """A function or method that has a body."""

    name: str
    """Empty where it has none."""
    head: str
    """The text from its beginning to its body; empty where the reader cannot tell."""
    empty: bool
    """Whether its body holds nothing but comments."""
    documented: bool
    """Whether a comment stands directly above it, or a documentation text begins its body."""
    lines: range
    """The lines that it takes, counted from 0; none where the reader cannot tell."""
    typed: bool = False
    """Whether the type of a parameter or of its result is written, in a language where it may be left out."""


@dataclass(frozen=True)
class ProgramSyntax:
    """A program's parts, in the order in which they stand."""

    comments: tuple[str, ...]
    identifiers: tuple[str, ...]
    """Every name, as often as it occurs."""
    functions: tuple[FunctionSyntax, ...]
    documented: bool
    """Whether a function or a type has a documentation comment or text."""
    errors: int
    """The places that do not parse; a reader that does not find places says 1 for a text that is no program."""
    without_comments: str
    """The program with each comment replaced by white space of the same number of lines."""
    reader: str
    """The name of its reader: a grammar with its version, or :data:`RULES`."""


def documents(comment: str, marks: tuple[str, ...]) -> bool:
    """Whether a comment begins with one of the marks of documentation and says something; ``////`` is a line."""
    comment = comment.strip()
    mark = next((each for each in marks if comment.startswith(each)), None)
    return (
        mark is not None and not comment.startswith(mark + mark[-1]) and bool(comment[len(mark) :].strip("*/ \t\r\n"))
    )


def blanked(program: str, comments: tuple[str, ...]) -> str:
    """A program less comments that are found in it one after the other."""
    kept, at = [], 0
    for comment in comments:
        found = program.find(comment, at)
        if found >= 0:
            kept += [program[at:found], "\n" * comment.count("\n")]
            at = found + len(comment)
    return "".join([*kept, program[at:]])
