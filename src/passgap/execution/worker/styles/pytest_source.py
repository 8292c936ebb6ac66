"""The source of a pytest-style file: what it needs, and how it is prepared."""

from __future__ import annotations

import ast
import importlib.util
from collections.abc import Collection

from .unusable import TestsUnusable

HOOKS = frozenset(
    f"{when}_{what}" for when in ("setup", "teardown") for what in ("module", "function", "class", "method")
)
"""Functions that pytest calls around tests."""


def needs_pytest(tree: ast.Module, imported: Collection[str]) -> bool:
    """Whether a file needs pytest: it imports it, or relies on fixtures or hooks.

    Raises:
        TestsUnusable: it does, and pytest is not installed.
    """
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    methods = {id(node) for kind in ast.walk(tree) if isinstance(kind, ast.ClassDef) for node in kind.body}
    takes = any(
        node.name.startswith("test") and len(node.args.args) > (id(node) in methods and not is_static(node))
        for node in functions
    )
    hooks = any(node.name in HOOKS for node in functions)
    if not ("pytest" in imported or takes or hooks):
        return False
    if importlib.util.find_spec("pytest") is None:
        raise TestsUnusable("the tests need pytest, which is not installed")
    return True


def bring_names(tree: ast.Module, lines: list[str]) -> None:
    """Insert statements at the first place in a file where statements may stand."""
    first = 0
    for number, node in enumerate(tree.body):
        if isinstance(node, ast.ImportFrom) and node.module == "__future__":
            first = number + 1
    if first == 0 and ast.get_docstring(tree) is not None:
        first = 1
    tree.body[first:first] = ast.parse("\n".join(lines)).body


def is_static(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether a method takes no instance."""
    return any(isinstance(each, ast.Name) and each.id == "staticmethod" for each in node.decorator_list)


def without_main_call(tree: ast.Module) -> ast.Module:
    """Remove ``unittest.main()`` and ``pytest.main()``: the tests are run without them."""
    tree.body = [node for node in tree.body if not is_main_call(node)]
    return tree


def is_main_call(node: ast.stmt) -> bool:
    """Whether a statement runs the tests of its own file."""
    calls = [part for part in ast.walk(node) if isinstance(part, ast.Call)] if isinstance(node, ast.Expr) else []
    return any(ast.unparse(call.func) in ("unittest.main", "pytest.main") for call in calls)
