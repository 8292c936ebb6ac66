"""Code as its syntax shows it, where an answer may end in the middle of it."""

from __future__ import annotations

import ast
import re
import warnings
from functools import lru_cache

_LONGEST = 50_000
"""Characters of which the syntax is read: a parser's time grows faster than the text."""


@lru_cache(maxsize=8192)
def tree_of_start(program: str) -> ast.Module | None:
    """The syntax tree of a Python program, or of its longest first lines that parse, of which a few may be cut off."""
    lines = program[:_LONGEST].splitlines()
    for end in range(len(lines), max(0, len(lines) - 12), -1):
        text = "\n".join(lines[:end])
        for tail in ("", "\n" + " " * (_indent(lines[end - 1]) + 4) + "pass"):
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    return ast.parse(text + tail)
            except (SyntaxError, ValueError, RecursionError, MemoryError):
                continue
    return None


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


_NAME = re.compile(r"[^\W\d]\w*")


def names_in(code: str) -> list[str]:
    """The words of code that may be names, in any language; those in texts and comments are among them."""
    return _NAME.findall(code[:_LONGEST])
