"""Test code made of assert statements: its parts, and the function that it calls."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterable

from passgap.languages.python.syntax import tree_of
from passgap.records import AssertTests


def assertions_of(code: str) -> AssertTests | None:
    """Test code as setup and asserts, or None where it is not made of these: other tests have to be run whole.

    Setup is whatever stands before the first top-level assert; after it only asserts may follow. Code that defines
    ``check`` is HumanEval's form and never taken apart, whatever asserts follow it.
    """
    tree = tree_of(code)
    body = tree.body if tree else []
    first = next((number for number, node in enumerate(body) if isinstance(node, ast.Assert)), None)
    if first is None or not all(isinstance(node, ast.Assert) for node in body[first:]):
        return None
    if any(isinstance(node, ast.FunctionDef) and node.name == "check" for node in body[:first]):
        return None
    lines = _Lines(code)
    return AssertTests(
        setup="\n".join(lines.of(node) for node in body[:first]),
        statements=tuple(lines.of(node) for node in body[first:]),
    )


class _Lines:
    """The text of statements, from a source that is split into its lines once."""

    def __init__(self, code: str) -> None:
        # As the parser counts them: a form feed or U+2028 ends no line.
        self._lines = code.replace("\r\n", "\n").replace("\r", "\n").split("\n")

    def of(self, node: ast.stmt) -> str:
        """The text of a statement; decorators belong to a function although its own span leaves them out."""
        decorators = getattr(node, "decorator_list", [])
        start, end = min([node.lineno, *(each.lineno for each in decorators)]), node.end_lineno or node.lineno
        taken = self._lines[start - 1 : end]
        # Columns count bytes of UTF-8.
        taken[-1] = taken[-1].encode()[: node.end_col_offset].decode()
        if start == node.lineno:
            taken[0] = taken[0].encode()[node.col_offset :].decode()
        return "\n".join(taken)


def entry_point_of(statements: Iterable[str], defined: Iterable[str] = ()) -> str | None:
    """The function that asserts are about, or None where they call nothing.

    It is the function called in most of the statements; of the names in ``defined`` (what the reference solution
    defines) only, where any of them is called at all. Ties go to the outermost call, so that
    ``assert set(f(x)) == {1}`` with ``f`` defined names ``f``.
    """
    called = [names for text in statements if (names := _called_names(text))]
    known = frozenset(defined)
    named = _most_called([tuple(name for name in names if name in known) for names in called]) if known else None
    return named or _most_called(called)


def _most_called(called: Iterable[tuple[str, ...]]) -> str | None:
    """The function called in most of the statements, each given as the names that it calls."""
    votes: Counter[str] = Counter()
    for names in called:
        votes.update(dict.fromkeys(names).keys())
    return votes.most_common(1)[0][0] if votes else None


def _called_names(statement: str) -> tuple[str, ...]:
    tree = tree_of(statement)
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call)) if tree else ()
    return tuple(call.func.id for call in calls if isinstance(call.func, ast.Name))


def defined_functions(code: str) -> tuple[str, ...]:
    """Names of the functions and classes that a program defines at its top level; empty where it does not parse."""
    tree = tree_of(code)
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    return tuple(node.name for node in tree.body if isinstance(node, kinds)) if tree else ()
