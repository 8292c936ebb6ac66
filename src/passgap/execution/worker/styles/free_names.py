"""Finds the names that tests use and do not define: the program, or the standard library, must define them."""

from __future__ import annotations

import ast
import builtins
import sys
from collections.abc import Iterable

TYPE_OF = "__type_of__"
ABOVE = "__above__"
UNMET = "__unmet__"
STOPPED = "__stopped__"
IS_SUBCLASS = "__is_subclass__"
DECORATED = "__decorated__"
PATTERN_OF = "__pattern_of__"
OURS = (TYPE_OF, ABOVE, UNMET, STOPPED, IS_SUBCLASS, DECORATED, PATTERN_OF, "__class__")


def free_names(trees: Iterable[ast.AST], known: Iterable[str] = ()) -> list[str]:
    """Return the names that the code uses and neither it nor Python defines: the program must define them."""
    used: dict[str, None] = {}
    defined = set(known)
    for tree in trees:
        for node in ast.walk(tree):
            if isinstance(node, ast.Name):
                if isinstance(node.ctx, ast.Load):
                    used[node.id] = None
                else:
                    defined.add(node.id)
            elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                defined.add(node.name)
            elif isinstance(node, ast.alias):
                defined.add((node.asname or node.name).partition(".")[0])
            elif isinstance(node, ast.arg):
                defined.add(node.arg)
            elif isinstance(node, ast.ExceptHandler) and node.name:
                defined.add(node.name)
    return [name for name in used if name not in defined and not hasattr(builtins, name) and name not in OURS]


def shadowed_builtin(statements: Iterable[ast.AST]) -> str | None:
    """Return the built-in name that every statement calls first: the problem asks for a function of that name."""
    first = [
        next((node.func.id for node in ast.walk(tree) if is_call_of_builtin(node)), None)  # type: ignore[attr-defined]
        for tree in statements
    ]
    return first[0] if first and len(set(first)) == 1 else None


def is_call_of_builtin(node: ast.AST) -> bool:
    """Whether a node calls a built-in function by its name."""
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and hasattr(builtins, node.func.id)


def standard_modules(names: Iterable[str], trees: Iterable[ast.AST]) -> list[str]:
    """Return the names of standard library modules among ``names``: tests that use those without an import mean them.

    A name that is used otherwise than for its attributes is the program's.
    """
    nodes = [node for tree in trees for node in ast.walk(tree)]
    owners = {id(node.value) for node in nodes if isinstance(node, ast.Attribute)}
    otherwise = {node.id for node in nodes if isinstance(node, ast.Name) and id(node) not in owners}
    return [name for name in names if name in sys.stdlib_module_names and name not in otherwise]
