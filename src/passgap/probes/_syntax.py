"""Python code as its syntax shows it, where an answer may end in the middle of it."""

from __future__ import annotations

import ast
import warnings
from functools import lru_cache

_LONGEST = 50_000
"""Characters of which the syntax is read: a parser's time grows faster than the text."""

_MOST_LEFT_OUT = 12
"""Lines at the end that may be left out."""


@lru_cache(maxsize=8192)
def start_that_parses(program: str) -> str | None:
    """A Python program, or its longest first lines that parse: a few at the end may be cut off."""
    lines = program[:_LONGEST].splitlines()
    for end in range(len(lines), max(0, len(lines) - _MOST_LEFT_OUT), -1):
        text = "\n".join(lines[:end])
        for tail in ("", "\n" + " " * (_indent(lines[end - 1]) + 4) + "pass"):
            if _tree(text + tail) is not None:
                return text + tail
    return None


def tree_of_start(program: str) -> ast.Module | None:
    """The syntax tree of :func:`start_that_parses`."""
    text = start_that_parses(program)
    return None if text is None else _tree(text)


def _tree(text: str) -> ast.Module | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
