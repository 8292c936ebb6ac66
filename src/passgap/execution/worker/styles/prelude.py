"""Statements that are executed before a program, such as the imports that a contest makes for all programs."""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Sequence

from .unusable import TestsUnusable

WORD = re.compile(r"\w+")


class Prelude:
    """The statements that the tests of one problem put before every program.

    An import is executed only where a word of the program is a name that it binds: most programs need few, and each
    would pay for all. What remains is executed in order, so that a later import still hides an earlier one.

    Args:
        statements: the statements, one per text.

    Raises:
        TestsUnusable: one is no Python, or imports all names of a module that is not there.
    """

    def __init__(self, statements: Sequence[str]) -> None:
        try:
            self._statements = [(statement, bound_by(statement)) for statement in statements]
        except (SyntaxError, ValueError, ImportError) as error:
            raise TestsUnusable(f"the statements before every program cannot be used: {error}") from error

    def __bool__(self) -> bool:
        return bool(self._statements)

    def of(self, *sources: str) -> str:
        """Return what is executed before a program with these sources."""
        if not self._statements:
            return ""
        words = {word for source in sources for word in WORD.findall(source)}
        needed = (text for text, names in self._statements if names is None or not names.isdisjoint(words))
        return "".join(f"{text}\n" for text in needed)


def bound_by(statement: str) -> frozenset[str] | None:
    """Return the names that an import binds; None for another statement, which is always executed.

    Raises:
        SyntaxError: it is no Python.
        ImportError: a module whose names are all imported is not there.
    """
    nodes = ast.parse(statement).body
    if not nodes or not all(isinstance(node, ast.Import | ast.ImportFrom) for node in nodes):
        return None
    names: set[str] = set()
    for node in nodes:
        assert isinstance(node, ast.Import | ast.ImportFrom)
        for each in node.names:
            if each.name == "*":
                names |= public_names(str(getattr(node, "module", "")))
            else:
                names.add((each.asname or each.name).partition(".")[0])
    return frozenset(names)


def public_names(module: str) -> set[str]:
    """Return the names that ``from module import *`` binds."""
    held = vars(importlib.import_module(module))
    return set(held.get("__all__", (name for name in held if not name.startswith("_"))))
