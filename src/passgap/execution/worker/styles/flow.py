"""Whether what a program answers can come back to it as an argument.

Calls that an earlier sample saw are told to the next program before it runs. If an argument among them came from an
earlier answer, or depends on one, the next program would be told that answer and could pass by repeating it.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Collection, Iterator

PURE = frozenset(
    (
        *(
            "abs",
            "all",
            "any",
            "bool",
            "dict",
            "divmod",
            "float",
            "frozenset",
            "int",
            "isinstance",
            "len",
            "list",
            "max",
        ),
        *("min", "pow", "repr", "reversed", "round", "set", "sorted", "str", "sum", "tuple", "type", "zip"),
    )
)
PURE_MODULES = frozenset({"math", "cmath", "np", "numpy"})
CONSUMERS = (
    ast.Compare,
    ast.UnaryOp,
    ast.BinOp,
    ast.Tuple,
    ast.List,
    ast.Set,
    ast.Dict,
    ast.Starred,
    ast.Subscript,
    ast.Attribute,
    ast.GeneratorExp,
    ast.ListComp,
    ast.SetComp,
)
"""Expressions that make another value of an answer and keep nothing. What a comprehension draws from, and what it is
filtered by, hang below a node of another kind."""


def answers_end_in_asserts(trees: Collection[ast.AST], targets: Collection[str]) -> bool:
    """Whether every call of ``targets`` is made within an assert, which nothing but the verdict comes from.

    Everything that is not known to be harmless is taken for harmful: assigning, branching on an answer, handing it
    to a function of the tests, catching a failure, lending the function itself.
    """
    nodes = [node for tree in trees for node in ast.walk(tree)]
    stored = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    stored |= {node.name for node in nodes if isinstance(node, ast.FunctionDef)}
    if stored & (PURE | PURE_MODULES | set(targets)):
        return False
    return all(_ends_in_assert(path, targets) for tree in trees for path in _uses(tree, targets, ()))


def _uses(node: ast.AST, targets: Collection[str], above: tuple[ast.AST, ...]) -> Iterator[tuple[ast.AST, ...]]:
    """Yield, for each use of a target, the nodes from the tree's root down to it."""
    path = (*above, node)
    if isinstance(node, ast.Name) and node.id in targets:
        yield path
    for child in ast.iter_child_nodes(node):
        yield from _uses(child, targets, path)


def _ends_in_assert(path: tuple[ast.AST, ...], targets: Collection[str]) -> bool:
    *above, call, name = path
    if not isinstance(call, ast.Call) or call.func is not name or any(isinstance(node, ast.Try) for node in above):
        return False
    below: ast.AST = call
    for node in reversed(above):
        if isinstance(node, ast.Assert):
            return node.test is below
        if isinstance(node, ast.BoolOp):
            harmless = isinstance(node.op, ast.And)
        elif isinstance(node, ast.Call):
            harmless = below is node.func or _is_pure(node.func, targets)
        else:
            harmless = isinstance(node, CONSUMERS)
        if not harmless:
            return False
        below = node
    return False


def _is_pure(function: ast.expr, targets: Collection[str]) -> bool:
    """Whether a function is known to do nothing but return a value."""
    if isinstance(function, ast.Name):
        return function.id in PURE and function.id not in targets and hasattr(builtins, function.id)
    return (
        isinstance(function, ast.Attribute)
        and isinstance(function.value, ast.Name)
        and (function.value.id in PURE_MODULES and function.value.id not in targets)
    )
