"""Whether a program's answers can come back to it as arguments.

Calls that an earlier sample received are sent to the next program before it runs. If an argument among them came from
an earlier answer, or depends on one, the next program would be told that answer and could pass by repeating it.
"""

from __future__ import annotations

import ast
import itertools
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
        *(
            "__type_of__",
            "min",
            "pow",
            "repr",
            "reversed",
            "round",
            "set",
            "sorted",
            "str",
            "sum",
            "tuple",
            "type",
            "zip",
        ),
    )
)
QUERIES = frozenset(
    (
        *("all", "any", "copy", "count", "encode", "endswith", "get", "index", "isdisjoint", "issubset", "issuperset"),
        *("items", "join", "keys", "lower", "replace", "split", "startswith", "strip", "sum", "tolist", "union"),
        *("upper", "values"),
    )
)
"""Methods that do not change their object."""
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
"""Expressions that make another value of an answer and keep nothing. The iterables and the conditions of a
comprehension are below nodes of another kind."""


def answers_end_in_asserts(trees: Collection[ast.AST], targets: Collection[str]) -> bool:
    """Whether every call of ``targets`` is made within an assertion, from which nothing follows but the verdict.

    Everything that is not known to be harmless counts as harmful: assigning, branching on an answer, passing it to a
    function of the tests, catching a failure, passing the function itself.
    """
    nodes = [node for tree in trees for node in ast.walk(tree)]
    stored = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    stored |= {node.name for node in nodes if isinstance(node, ast.FunctionDef)}
    if stored & (PURE | PURE_MODULES | set(targets)):
        return False
    return all(_ends_in_assert(path, targets) for tree in trees for path in _uses(tree, targets, ()))


def answers_stand_alone(trees: Collection[ast.AST], targets: Collection[str]) -> bool:
    """Whether each answer is looked at by itself, right after the call that it answers, and is not changed.

    Then a copy of it will do. If two answers meet, or a method of one is called that may change it, it matters whether
    they are the same object.
    """
    paths = [path for tree in trees for path in _uses(tree, targets, ())]
    asserts = [next((node for node in path if isinstance(node, ast.Assert)), None) for path in paths]
    return (
        len({id(node) for node in asserts}) == len(asserts)
        and all(_ends_in_assert(path, targets) and not _calls_a_method(path) for path in paths)
        and not any(isinstance(node, ast.Is | ast.IsNot) for path in paths for node in _operators(path))
    )


def _calls_a_method(path: tuple[ast.AST, ...]) -> bool:
    """Whether a method that may change it is called on an answer, or on something made from it."""
    return any(
        isinstance(above, ast.Call) and above.func is below and not _is_query(below)
        for above, below in itertools.pairwise(path[:-1])
    )


def _is_query(function: ast.AST) -> bool:
    return isinstance(function, ast.Attribute) and function.attr in QUERIES


def _operators(path: tuple[ast.AST, ...]) -> Iterator[ast.cmpop]:
    for node in path:
        if isinstance(node, ast.Compare):
            yield from node.ops


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
    """Whether a function is known to have no side effects."""
    if isinstance(function, ast.Name):
        return function.id in PURE and function.id not in targets
    return (
        isinstance(function, ast.Attribute)
        and isinstance(function.value, ast.Name)
        and (function.value.id in PURE_MODULES and function.value.id not in targets)
    )
