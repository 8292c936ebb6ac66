"""Test code in Python, in the style in which it is written."""

from __future__ import annotations

import ast

from passgap.languages.python.assertions import assertions_of
from passgap.languages.python.syntax import bounded_tree_of, tree_of
from passgap.records import AssertTests, CheckTests, PytestTests, Tests


def in_its_style(code: str) -> Tests:
    """Test code as a check function, a file of tests, assert statements, or else one script that must not raise."""
    tree = tree_of(code)
    if tree is None:
        return AssertTests(statements=(code,))
    if _defines_check(tree.body):
        return CheckTests(code=code)
    if any(_is_test_function(node) or (isinstance(node, ast.ClassDef) and _holds_tests(node)) for node in tree.body):
        return PytestTests(code=code)
    return assertions_of(code) or AssertTests(statements=(code,))


def imported_from(code: str, module: str) -> frozenset[str]:
    """The names of a module that a file of tests imports, or reads as its attributes."""
    tree = bounded_tree_of(code)
    found: set[str] = set()
    for node in ast.walk(tree) if tree else ():
        if isinstance(node, ast.ImportFrom) and node.module == module:
            found |= {alias.name for alias in node.names if alias.name != "*"}
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == module:
            found.add(node.attr)
    return frozenset(found)


def _defines_check(body: list[ast.stmt]) -> bool:
    """Whether code defines ``check(candidate)``, and not a helper of that name which it calls itself with values."""
    found = [node for node in body if isinstance(node, ast.FunctionDef) and node.name == "check"]
    if not found or not found[-1].args.args:
        return False
    arguments = found[-1].args
    needed = len(arguments.args) - len(arguments.defaults)
    calls = [
        node
        for statement in body
        for node in ast.walk(statement)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "check"
    ]
    return needed <= 1 and all(len(call.args) == 1 and isinstance(call.args[0], ast.Name) for call in calls)


def _is_test_function(node: ast.stmt) -> bool:
    return isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test")


def _holds_tests(node: ast.ClassDef) -> bool:
    named = node.name.startswith("Test") or any("TestCase" in ast.unparse(base) for base in node.bases)
    return named and any(_is_test_function(part) for part in node.body)
