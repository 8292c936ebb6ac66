"""The imports of tests, which are made before any sample's time begins, and the string literals of tests."""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterable, Iterator

from .unusable import TestsUnusable

SOLUTIONS = ("solution", "__main__", "main", "candidate", "submission", "your_module")
"""Names that tests use for the program's module."""
IMPORTING = frozenset({"patch", "multiple", "dict", "setattr", "delattr", "import_module", "__import__"})
"""Functions that import the module in the name that they are given, among them those of ``mock`` and of pytest."""


class Imports:
    """The imports of the tests' code.

    Attributes:
        of_program: names that it takes from the program's module, by import or as an attribute.
        modules: the names under which it imports the program's module.
        star: whether it imports everything from there.
        imported: the top-level modules that it imports.
        missing: the modules that it imports and that cannot be imported here, found by trying.

    Raises:
        TestsUnusable: it always imports a module that cannot be imported, or it leaves the tests to the program.
    """

    def __init__(self, trees: Iterable[ast.Module]) -> None:
        self.of_program: list[str] = []
        self.modules: set[str] = set()
        self.star = False
        self.imported: set[str] = set()
        missing: set[str] = set()
        aliases: set[str] = set()
        trees = list(trees)
        optional = {id(part) for tree in trees for part in _perhaps_not_run(tree)}
        for node in (node for tree in trees for node in ast.walk(tree)):
            if isinstance(node, ast.ImportFrom):
                if node.level and (node.module or SOLUTIONS[0]) in SOLUTIONS:
                    node.level, node.module = 0, node.module or SOLUTIONS[0]
                if node.module in SOLUTIONS:
                    self.modules.add(str(node.module))
                    self.of_program += [alias.name for alias in node.names if alias.name != "*"]
                    self.star |= any(alias.name == "*" for alias in node.names)
                    continue
                names = [] if node.level else [str(node.module)]
            elif isinstance(node, ast.Call):
                self._named_by(node)
                continue
            elif isinstance(node, ast.Import):
                own = [alias for alias in node.names if alias.name in SOLUTIONS]
                self.modules |= {alias.name for alias in own}
                aliases |= {alias.asname or alias.name for alias in own}
                names = [alias.name for alias in node.names if alias.name not in SOLUTIONS]
            else:
                continue
            for name in names:
                self.imported.add(name.partition(".")[0])
                error = _import(name)
                if error is None:
                    continue
                missing.add(getattr(error, "name", None) or name)
                missing.add(name)
                if id(node) not in optional:
                    raise TestsUnusable(f"the tests import {name}: {type(error).__name__}: {error}")
        self.missing = frozenset(missing)
        if "doctest" in self.imported and any(_runs_doctests(node) for tree in trees for node in ast.walk(tree)):
            raise TestsUnusable("the tests run doctests, which are the program's own: it could leave them out")
        for node in (node for tree in trees for node in ast.walk(tree)):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in aliases:
                self.of_program.append(node.attr)

    def _named_by(self, call: ast.Call) -> None:
        """Take note of a call that imports the program's module by its name, like ``patch("solution.fetch")``."""
        function, first = call.func, call.args[0] if call.args else None
        name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
        if name not in IMPORTING or not isinstance(first, ast.Constant) or not isinstance(first.value, str):
            return
        module, _, rest = first.value.partition(".")
        if module in SOLUTIONS:
            self.modules.add(module)
            self.of_program += [part for part in (rest.partition(".")[0],) if part.isidentifier()]


def _perhaps_not_run(tree: ast.Module) -> Iterator[ast.AST]:
    """Yield the nodes below functions, branches and handlers, where an import may not be executed, or may fail."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.If | ast.Try | ast.With):
            yield from ast.walk(node)


def _runs_doctests(node: ast.AST) -> bool:
    name = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
    return name in ("testmod", "run_docstring_examples", "DocTestSuite", "DocTestFinder")


def _import(name: str) -> BaseException | None:
    try:
        importlib.import_module(name)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever a module does when it is imported
        return error
    return None


def texts_of(trees: Iterable[ast.AST]) -> frozenset[str]:
    """Return every string literal in the code."""
    return frozenset(
        node.value
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )
