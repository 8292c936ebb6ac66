"""Python expressions that models answer with: which are literals, and which do no more than make values."""

from __future__ import annotations

import ast
import builtins
import warnings
from collections.abc import Collection

_MOST_CHARACTERS = 20_000
_MOST_LEADING = 2000
_MAKERS_LISTED = (
    "abs bool bytearray bytes chr complex dict divmod enumerate float frozenset int len list map max min ord pow range "
    "repr reversed round set sorted str sum tuple zip"
)
_MAKERS = frozenset(_MAKERS_LISTED.split())
"""Builtins that make values and nothing else."""
_BUILTINS = frozenset(dir(builtins))
_FORBIDDEN = (ast.NamedExpr, ast.Await, ast.Yield, ast.YieldFrom)


def parsed(text: str) -> ast.expr | None:
    """The expression that a text is; None where it is none, or is too large."""
    if len(text) > _MOST_CHARACTERS or "\0" in text:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def is_literal(text: str) -> bool:
    """Whether a text is a Python literal, as :func:`ast.literal_eval` reads it."""
    expression = parsed(text)
    if expression is None:
        return False
    try:
        ast.literal_eval(expression)
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        return False
    return True


def is_plain_expression(text: str, names: Collection[str] = (), reserved: Collection[str] = ()) -> bool:
    """Whether a text is an expression that makes values, and can reach nothing but them.

    It may call constructors and methods of values, and read ``names`` and the parameters of its own functions; it reads
    no other name, and no attribute that begins with an underscore. Its own names may not be builtins or ``reserved``.
    """
    expression = parsed(text)
    if expression is None:
        return False
    own = {node.arg for node in ast.walk(expression) if isinstance(node, ast.arg)}
    own |= {node.id for node in ast.walk(expression) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    if own & (_BUILTINS | set(names) | set(reserved)):
        return False
    known = own | set(names) | _MAKERS
    for node in ast.walk(expression):
        if isinstance(node, _FORBIDDEN):
            return False
        if isinstance(node, ast.Name) and node.id not in known:
            return False
        if isinstance(node, ast.Attribute) and (node.attr.startswith("_") or node.attr in ("format", "format_map")):
            return False
    return True


def leading_value(line: str) -> str:
    """The longest beginning of a line that is an expression; the line, where none is."""
    line = line.rstrip()[:_MOST_LEADING]
    ends = (end for end in reversed(_possible_ends(line)) if parsed(line[:end]) is not None)
    return line[: next(ends, len(line))]


def _possible_ends(line: str) -> list[int]:
    """The places where an expression may end: no bracket is open, unless a text or a comment may hold it."""
    ends, depth, plain = [], 0, True
    for place, mark in enumerate(line, start=1):
        plain = plain and mark not in "'\"#"
        depth += (mark in "([{") - (mark in ")]}")
        if depth == 0 or not plain:
            ends.append(place)
    return ends


def leading_arguments(line: str) -> str:
    """The arguments that a line begins with, up to the parenthesis that closes their call; without one, the line."""
    for place, mark in enumerate(line[:_MOST_LEADING]):
        if mark == ")" and parsed(f"called({line[:place]})") is not None:
            return line[:place]
    return line


def asserted_value(text: str) -> str | None:
    """The value that the last assertion of a text compares with, or the text where it is an expression itself."""
    for line in reversed(text.strip().splitlines()):
        compared = _comparison(line)
        if compared is not None:
            return ast.unparse(compared.comparators[0])
        if parsed(line) is not None and line.strip():
            return line.strip()
    return None


def asserted_arguments(text: str, function: str) -> str | None:
    """The arguments of the last call of a function in a text's assertions, or of a call alone, as they are written."""
    for line in reversed(text.strip().splitlines()):
        compared = _comparison(line)
        expression = parsed(line) if compared is None else None
        sides = [compared.left, *compared.comparators] if compared is not None else [expression]
        for side in sides:
            if isinstance(side, ast.Call) and isinstance(side.func, ast.Name) and side.func.id == function:
                return ", ".join(map(ast.unparse, [*side.args, *side.keywords]))
        if expression is not None and line.strip():
            return line.strip()
    return None


def _comparison(line: str) -> ast.Compare | None:
    """The comparison by ``==`` that a line asserts, or is; None where it is another statement."""
    expression = parsed(line.strip().removeprefix("assert ").partition("  #")[0])
    if isinstance(expression, ast.Compare) and len(expression.ops) == 1 and isinstance(expression.ops[0], ast.Eq):
        return expression
    return None
