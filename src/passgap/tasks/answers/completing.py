"""The code that a prompt contributes to a program: the function's head, and the imports and helpers above it."""

from __future__ import annotations

from passgap.languages import lines_of
from passgap.tasks.answers.reading import Reading


def with_what_the_prompt_holds(program: str, reading: Reading) -> str:
    """A program with what it, or a test, needs of the prompt's code.

    A program that defines the entry point gets the imports and helpers that stand above the function, where it or a
    test reads a name that they bind and it does not. One that does not is the rest of the function.
    """
    head, name, language = reading.head, reading.entry_point, reading.language
    if head is None:
        return program
    parsed = language.parse(program)
    named = name is None or (parsed.defines(name) if parsed else language.seems_to_define(program, name))
    if not named:
        return language.as_body(program, head) or head + program
    if parsed is None:
        return program
    above = _above(reading, head)
    given = language.parse(above)
    if given is None or not given.statements:
        return program
    missing = (parsed.reads | reading.read_by_tests) - parsed.binds
    if not (missing & given.binds or (missing and any(each.binds_unnamed for each in given.statements))):
        return program
    return language.hoisted(f"{above.rstrip()}\n\n{program}")


def _above(reading: Reading, head: str) -> str:
    """The prompt's code above the function that is asked for."""
    begun = reading.language.parse_head(head)
    if begun is None or not begun.statements:
        return ""
    asked = next((each for each in begun.statements if reading.entry_point in each.binds), begun.statements[-1])
    return "".join(lines_of(head)[: asked.line])
