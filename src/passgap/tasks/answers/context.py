"""The code that a problem contributes to an answer: the function's head, and the imports and helpers above it."""

from __future__ import annotations

import re
import textwrap

from passgap.languages.python.syntax import (
    bound_by,
    defines,
    first_line,
    free_names,
    future_first,
    has_star_import,
    lines_of,
    parse,
)
from passgap.records import Problem
from passgap.tasks.answers.names import tested_names


def body_of(text: str, prompt: str) -> str | None:
    """The program that a text is as the rest of the function that ``prompt`` ends in; None where it is not that.

    A body that lost its indentation on the way is indented again.
    """
    if not text.strip():
        return None
    for body in (text, textwrap.indent(textwrap.dedent(text).strip("\r\n"), "    ") + "\n"):
        program = prompt + ("" if prompt.endswith("\n") else "\n") + body
        tree, head = parse(program), parse(prompt) or parse(f"{prompt.rstrip()}\n    pass\n")
        if tree is not None and head is not None and len(tree.body) >= len(head.body) and body[:1] in " \t\r\n":
            return program if prompt.endswith("\n") else prompt + body if parse(prompt + body) else program
    return None


def with_what_the_prompt_holds(program: str, problem: Problem) -> str:
    """A program with what it, or a test, needs of the problem's code.

    A program that defines the entry point gets the imports and helpers that stand above the function, where it or a
    test reads a name that they bind and it does not. One that does not is the rest of the function.
    """
    tree, name = parse(program), problem.entry_point
    named = name is None or (
        defines(tree, name)
        if tree is not None
        else re.search(rf"^[ \t]*(?:async )?(?:def|class) {re.escape(name)}\b", program, re.MULTILINE) is not None
    )
    if not named:
        return body_of(program, problem.prompt) or problem.prompt + program
    if tree is None:
        return program
    above = _above(problem)
    given = parse(above)
    if given is None or not given.body:
        return program
    missing = (free_names(tree) | tested_names(problem)) - bound_by(tree.body)
    if not (missing & bound_by(given.body) or (missing and has_star_import(given))):
        return program
    return future_first(f"{above.rstrip()}\n\n{program}")


def _above(problem: Problem) -> str:
    """Return the problem's code above the function that is asked for."""
    tree = parse(problem.prompt) or parse(f"{problem.prompt.rstrip()}\n    pass\n")
    if tree is None:
        return ""
    asked = next((each for each in tree.body if problem.entry_point in bound_by([each])), None)
    lines = lines_of(problem.prompt)
    return "".join(lines[: first_line(asked) - 1] if asked else lines[: tree.body[-1].lineno - 1] if tree.body else [])
