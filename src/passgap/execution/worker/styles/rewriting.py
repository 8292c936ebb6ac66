"""Rewrites tests where plain Python would not reach an object of the program."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Collection
from typing import Any

from .free_names import ABOVE, DECORATED, IS_SUBCLASS, PATTERN_OF, STOPPED, TYPE_OF, UNMET

GUARDED = f"try:\n    pass\nexcept BaseException as {UNMET}error__:\n    {UNMET}({UNMET}error__)\n    raise"


EXPECTING = frozenset({"raises", "assertRaises", "assertRaisesRegex", "suppress"})
"""Functions whose first argument is an exception, or a tuple of them, that tests expect."""


class Prepared(ast.NodeTransformer):
    """Rewrites tests so that ``type(x)`` and ``x.__class__`` mean the class that an object has in the program.

    ``super()`` then reaches the class in the program that a class of the tests extends, ``issubclass`` also takes
    classes of the program, and a decorator of the program gets a class that it can change. And in the body of a
    ``with``, exceptions that keep an assertion from being reached are hidden from a context manager of the program,
    as failed assertions are. Where tests expect ``StopIteration``, they also expect that of a call of the program,
    which reaches them as another exception, since ``all(map(f, cases))`` would take it for the end of the cases.

    Args:
        guarded: whether the bodies of ``with`` are rewritten.
    """

    def __init__(self, guarded: bool = True) -> None:
        self._guarded = guarded
        self._first_arguments: list[str | None] = []

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        arguments = [*node.args.posonlyargs, *node.args.args]
        self._first_arguments.append(arguments[0].arg if arguments else None)
        self.generic_visit(node)
        self._first_arguments.pop()
        return node

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> ast.AST:
        self.generic_visit(node)
        node.type = node.type and with_stopped(node.type)
        return node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", None)
        if called in EXPECTING and node.args:
            node.args[0] = with_stopped(node.args[0])
        if isinstance(node.func, ast.Name) and node.func.id == "type" and len(node.args) == 1 and not node.keywords:
            node.func = ast.copy_location(ast.Name(TYPE_OF, ast.Load()), node.func)
        if isinstance(node.func, ast.Name) and node.func.id == "issubclass" and len(node.args) == 2:
            node.func = ast.copy_location(ast.Name(IS_SUBCLASS, ast.Load()), node.func)
        first = self._first_arguments[-1] if self._first_arguments else None
        if isinstance(node.func, ast.Name) and node.func.id == "super" and not node.args and first is not None:
            node.func = ast.copy_location(ast.Name(ABOVE, ast.Load()), node.func)
            node.args = [ast.copy_location(ast.Name(name, ast.Load()), node) for name in ("__class__", first)]
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        self.generic_visit(node)
        for place, decorator in enumerate(node.decorator_list):
            function = ast.copy_location(ast.Name(DECORATED, ast.Load()), decorator)
            node.decorator_list[place] = ast.copy_location(ast.Call(function, [decorator], []), decorator)
        return node

    def visit_With(self, node: ast.With) -> ast.AST:
        self.generic_visit(node)
        last = max((place for place, part in enumerate(node.body, start=1) if _asserts(part)), default=0)
        if last and self._guarded and not all(_is_of_library(item.context_expr) for item in node.items):
            guarded = ast.parse(GUARDED).body[0]
            assert isinstance(guarded, ast.Try)
            for part in ast.walk(guarded):
                ast.copy_location(part, node.body[0])
            guarded.body = node.body[:last]
            node.body = [guarded, *node.body[last:]]
        return node

    def visit_Match(self, node: ast.Match) -> Any:
        """Let a pattern name a class of the program: ``case Point(x=1)`` takes nothing but a real class."""
        self.generic_visit(node)
        found = [part for part in ast.walk(node) if isinstance(part, ast.MatchClass) and not _is_built_in(part.cls)]
        before: list[ast.stmt] = []
        for number, pattern in enumerate(found):
            name = f"{PATTERN_OF}{number}"
            call = ast.Call(ast.Name(PATTERN_OF, ast.Load()), [pattern.cls], [])
            before.append(ast.Assign([ast.Name(name, ast.Store())], call))
            pattern.cls = ast.copy_location(ast.Name(name, ast.Load()), pattern.cls)
        for part in (each for one in before for each in ast.walk(one) if not hasattr(each, "lineno")):
            ast.copy_location(part, node)
        return [*before, node]

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.value, ast.Name) and node.value.id == "builtins" and node.attr in ("eval", "exec"):
            return ast.copy_location(ast.Name(node.attr, node.ctx), node) if isinstance(node.ctx, ast.Load) else node
        if node.attr != "__class__" or not isinstance(node.ctx, ast.Load):
            return node
        function = ast.copy_location(ast.Name(TYPE_OF, ast.Load()), node)
        return ast.copy_location(ast.Call(function, [node.value], []), node)


class NamesInClasses(ast.NodeTransformer):
    """Rewrites names of the program that the bodies of classes use, which Python looks up without asking for them.

    Args:
        names: of the program; the tests define none of them.
    """

    def __init__(self, names: Collection[str]) -> None:
        self._names = names
        self._inside = False

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        before, self._inside = self._inside, True
        node.body = [self.visit(part) for part in node.body]
        self._inside = before
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        if self._inside:
            node.decorator_list = [self.visit(part) for part in node.decorator_list]
            node.args = self.visit(node.args)
        self._inside, before = False, self._inside
        node.body = [self.visit(part) for part in node.body]
        self._inside = before
        return node

    def visit_Lambda(self, node: ast.Lambda) -> ast.AST:
        return node

    def visit_Name(self, node: ast.Name) -> ast.AST:
        if not (self._inside and node.id in self._names and isinstance(node.ctx, ast.Load)):
            return node
        return ast.fix_missing_locations(
            ast.copy_location(ast.parse(f"globals()[{node.id!r}]", mode="eval").body, node)
        )


class AsWritten(ast.NodeTransformer):
    """Takes back, of code that the program is given, what :class:`Prepared` rewrote for the judge."""

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        if not isinstance(node.func, ast.Name):
            return node
        if node.func.id in (DECORATED, PATTERN_OF):
            return node.args[0]
        if node.func.id == ABOVE:
            node.args = []
        node.func.id = {ABOVE: "super", TYPE_OF: "type", IS_SUBCLASS: "issubclass"}.get(node.func.id, node.func.id)
        return node

    def visit_Tuple(self, node: ast.Tuple) -> ast.AST:
        self.generic_visit(node)
        node.elts = [each for each in node.elts if not (isinstance(each, ast.Name) and each.id == STOPPED)]
        return node


def with_stopped(expected: ast.expr) -> ast.expr:
    """Add the likeness of ``StopIteration`` to an exception that is expected, or to a tuple of them."""
    each = expected.elts if isinstance(expected, ast.Tuple) else [expected]
    if not any(isinstance(one, ast.Name) and one.id == "StopIteration" for one in each):
        return expected
    stopped = ast.copy_location(ast.Name(STOPPED, ast.Load()), expected)
    return ast.copy_location(ast.Tuple([*each, stopped], ast.Load()), expected)


def _asserts(node: ast.AST) -> bool:
    """Whether a statement asserts something, as pytest or unittest do."""
    return any(
        isinstance(part, ast.Assert)
        or (
            isinstance(part, ast.Call)
            and isinstance(part.func, ast.Attribute)
            and (part.func.attr.startswith("assert") or part.func.attr == "fail")
        )
        for part in ast.walk(node)
    )


def _is_of_library(manager: ast.expr) -> bool:
    """Whether a context manager is known not to be the program's: ``pytest.raises(...)``, ``self.subTest(...)``."""
    function = manager.func if isinstance(manager, ast.Call) else manager
    return (
        isinstance(function, ast.Attribute)
        and isinstance(function.value, ast.Name)
        and function.value.id in ("pytest", "self", "contextlib", "mock", "warnings")
    )


def parsed(code: str) -> ast.Module:
    """Return the syntax tree of tests, ready to be run with proxies."""
    tree: ast.Module = Prepared().visit(ast.parse(code))
    return tree


def _is_built_in(kind: ast.expr) -> bool:
    return isinstance(kind, ast.Name) and hasattr(builtins, kind.id)
