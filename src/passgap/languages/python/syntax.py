"""Python source read without running it: parsing, and the names that a piece of code binds and reads."""

from __future__ import annotations

import ast
import builtins
import re
import warnings
from collections.abc import Iterable, Iterator

from passgap.languages.common.parsed_program import lines_of

LARGEST_SOURCE = 200_000
"""Characters. Longer text is not parsed: no answer to a problem of these sets is that long."""

DEEPEST_NESTING = 100
"""Brackets open at once. The parser of some Python versions takes exponential time or its whole stack beyond."""

_BRACKETS = re.compile(r"[^()\[\]{}]+")
_BUILTINS = frozenset(dir(builtins)) | {"__name__", "__file__", "__doc__"}


def tree_of(source: str) -> ast.Module | None:
    """The syntax tree of a text of any length, or None where it has none. No warning about it is shown."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError, SystemError):
        return None


def bounded_tree_of(source: str) -> ast.Module | None:
    """The same of what a model wrote, bounded in time and memory: None too where it is too long or too nested."""
    if len(source) > LARGEST_SOURCE or "\0" in source or _nesting(source) > DEEPEST_NESTING:
        return None
    return tree_of(source)


def is_program(tree: ast.Module) -> bool:
    """Whether running it does anything: a lone word or number parses too."""
    return any(not isinstance(each, ast.Expr) or _calls(each.value) for each in tree.body)


def bound_by(statements: Iterable[ast.stmt]) -> set[str]:
    """The names that statements of a module bind in it, those inside its branches and loops included."""
    return {name for statement in statements for name in _bound(statement)}


def defines(tree: ast.Module, name: str) -> bool:
    """Whether a module binds a name, as its own or as a method of one of its classes."""
    if name in bound_by(tree.body):
        return True
    classes = (each for each in tree.body if isinstance(each, ast.ClassDef))
    return any(name in bound_by(each.body) for each in classes)


def reads_input(tree: ast.Module) -> bool:
    """Whether a module reads standard input as it is imported."""
    return any(_reads(each) for each in tree.body if not _is_main_guard(each))


def reading_statement(tree: ast.Module) -> ast.stmt | None:
    """The first statement that reads standard input as a module is imported, itself or by a function of the module."""
    reading = {each.name for each in tree.body if isinstance(each, ast.FunctionDef) and any(map(_reads, each.body))}
    for each in tree.body:
        called = each.value.func if isinstance(each, ast.Expr) and isinstance(each.value, ast.Call) else None
        if not _is_main_guard(each) and (_reads(each) or (isinstance(called, ast.Name) and called.id in reading)):
            return each
    return None


def is_stub_of(tree: ast.Module, name: str) -> bool:
    """Whether a module's last function of a name has no body but a docstring, ``pass`` or ``...``."""
    functions = [each for each in tree.body if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef)]
    named = [each for each in functions if each.name == name]
    return bool(named) and all(map(is_empty, named[-1].body))


def is_empty(statement: ast.stmt) -> bool:
    """Whether a statement is a docstring, another constant by itself, or ``pass``."""
    if isinstance(statement, ast.Pass):
        return True
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def free_names(tree: ast.AST) -> set[str]:
    """The names that a piece of code reads and binds nowhere, builtins aside."""
    read: set[str] = set()
    bound: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            (read if isinstance(node.ctx, ast.Load) else bound).add(node.id)
        elif isinstance(node, ast.arg):
            bound.add(node.arg)
        else:
            bound.update(_named_by(node))
    return read - bound - _BUILTINS


def has_star_import(statement: ast.stmt) -> bool:
    """Whether a statement binds names that it does not name."""
    return isinstance(statement, ast.ImportFrom) and statement.names[0].name == "*"


def source_of(statement: ast.stmt, lines: list[str]) -> str:
    """The lines of a statement of a module, its decorators included."""
    return "".join(lines[first_line(statement) - 1 : statement.end_lineno])


def first_line(statement: ast.stmt) -> int:
    """The number of a statement's first line, counted from 1, its decorators included."""
    decorators: list[ast.expr] = getattr(statement, "decorator_list", [])
    return min([statement.lineno, *(each.lineno for each in decorators)])


def future_first(program: str) -> str:
    """A program made of parts, with the imports from ``__future__`` where they have to be: before all else."""
    lines = lines_of(program)
    future = [line for line in lines if line.startswith("from __future__ import ")]
    return "".join([*future, *(line for line in lines if line not in future)]) if future else program


def _reads(node: ast.AST) -> bool:
    left = [node]  # and not by recursion, since a long sum is nested as deep as it is long
    while left:
        each = left.pop()
        if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            continue
        if isinstance(each, ast.Name) and each.id == "input":
            return True
        if isinstance(each, ast.Attribute) and each.attr == "stdin":
            return True
        left.extend(ast.iter_child_nodes(each))
    return False


def _is_main_guard(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.If) and any(
        isinstance(node, ast.Name) and node.id == "__name__" for node in ast.walk(statement.test)
    )


def _nesting(source: str) -> int:
    deepest = depth = 0
    for bracket in _BRACKETS.sub("", source):
        depth = depth + 1 if bracket in "([{" else max(0, depth - 1)
        deepest = max(deepest, depth)
    return deepest


def _calls(value: ast.expr) -> bool:
    return isinstance(value, ast.Call | ast.Await | ast.Yield | ast.YieldFrom)


def _bound(statement: ast.stmt) -> Iterator[str]:
    yield from _named_by(statement)
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return
    for field in ("body", "orelse", "finalbody"):
        for inner in getattr(statement, field, []):
            yield from _bound(inner)
    for handler in getattr(statement, "handlers", []):
        for inner in handler.body:
            yield from _bound(inner)
    targets = [*getattr(statement, "targets", []), getattr(statement, "target", None)]
    targets += [item.optional_vars for item in getattr(statement, "items", [])]
    for target in targets:
        for node in ast.walk(target) if target is not None else ():
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                yield node.id


def _named_by(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield node.name
    elif isinstance(node, ast.Import | ast.ImportFrom):
        yield from ((alias.asname or alias.name).partition(".")[0] for alias in node.names if alias.name != "*")
    elif isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and node.name:
        yield node.name
