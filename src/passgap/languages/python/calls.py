"""The calls of a function in test code, and inputs like theirs."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from passgap.languages.python.syntax import tree_of

LARGEST = 200
"""Elements of a mutated container or string, at most: an input that is doubled stays small."""


def calls_of(code: str, name: str) -> tuple[str, ...]:
    """The distinct calls of a function in test code, in order, each as it is written there; none within another."""
    tree = tree_of(code)
    found = _outermost(tree, name) if tree is not None else ()
    return tuple(dict.fromkeys(ast.unparse(call) for call in found))


def mutations_of(call: str) -> Iterator[str]:
    """Calls that differ from one in a single argument, by a rule of the argument's type.

    Only arguments that are literals are changed: integers and floats by one, in sign and to zero; texts and sequences
    are reversed, cut, doubled and emptied; sets and dictionaries lose an element; booleans are negated.
    """
    tree = tree_of(call)
    node = tree.body[0].value if tree and tree.body and isinstance(tree.body[0], ast.Expr) else None
    if not isinstance(node, ast.Call):
        return
    seen = {call}
    for position, argument in enumerate(node.args):
        try:
            value = ast.literal_eval(argument)
        except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
            continue
        for changed in _changed(value):
            args = [*node.args[:position], ast.parse(repr(changed), mode="eval").body, *node.args[position + 1 :]]
            text = ast.unparse(ast.Call(node.func, args, node.keywords))
            if text not in seen:
                seen.add(text)
                yield text


def _outermost(node: ast.AST, name: str) -> Iterator[ast.Call]:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name:
        yield node
        return
    for child in ast.iter_child_nodes(node):
        yield from _outermost(child, name)


def _changed(value: Any) -> Iterator[Any]:
    """Values of the same type; of a type that has no rule, none."""
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, int | float):
        yield from (value + 1, value - 1, -value, type(value)(0))
    elif isinstance(value, str | bytes | list | tuple):
        yield from (value[::-1], value[:-1], value[1:])
        if 2 * len(value) <= LARGEST:
            yield 2 * value
        yield value[:0]
        yield from _one_changed(value)
    elif isinstance(value, set) and len(value) > 1:
        yield set(sorted(value, key=repr)[1:])
    elif isinstance(value, dict) and value:
        yield dict(list(value.items())[1:])


def _one_changed(value: Any) -> Iterator[Any]:
    """A sequence whose first element is changed."""
    if isinstance(value, list | tuple) and value:
        first = next(iter(_changed(value[0])), None)
        if first is not None:
            yield type(value)([first, *value[1:]])
