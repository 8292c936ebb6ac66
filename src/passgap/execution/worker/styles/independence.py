"""Whether tests raised an exception regardless of the program.

A fault of the tests leaves a sample unscored, so a program must not be able to cause one. Two conditions together are
enough, and both are read from the tests' code alone:

* the expression that raised uses no name that could hold, or share, anything of the program. Names in one statement are
  assumed to share everything, except the two sides of an asserted comparison; so are all names inside a loop, a branch,
  a ``with`` or a function;
* every run of the tests comes to it: it is in a plain statement of the tests' file, or of a test function, and nothing
  before it in that function can leave early.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Collection, Iterator, Mapping
from functools import cached_property
from itertools import pairwise
from types import TracebackType

from .unusable import TestsUnusable

REACHING = frozenset(
    {"eval", "exec", "globals", "locals", "vars", "open", "input", "print", "__import__"}
    | {"sys", "gc", "inspect", "importlib", "time", "builtins", "os", "threading", "asyncio"}
)
"""Names through which tests may reach what they share with a program without naming it."""
EXECUTING = frozenset({"__import__", "system", "popen", "import_module", "Popen"})
EXECUTING_OF: Mapping[str, Collection[str]] = {
    "os": ("system", "popen", "execv", "execve", "execl", "spawnv", "posix_spawn"),
    "subprocess": ("run", "call", "check_call", "check_output", "Popen", "getoutput"),
    "importlib": ("import_module",),
    "marshal": ("load", "loads"),
    "runpy": ("run_path", "run_module"),
}
"""Functions, by the module that they are called from, that execute what they are given; strings and pickles that tests
evaluate go to the jail (:mod:`..session.evaluating`)."""
PLAIN = (ast.Expr, ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Assert, ast.Delete)
NOT_ALWAYS = (
    ast.IfExp,
    ast.BoolOp,
    ast.Lambda,
    ast.ListComp,
    ast.SetComp,
    ast.DictComp,
    ast.GeneratorExp,
    ast.NamedExpr,
)
LEAVING = (ast.Return, ast.Raise, ast.Yield, ast.YieldFrom, ast.Await)
ALWAYS_CALLED = frozenset(
    {"check", "setUp", "setUpClass", "setup_method", "setup_function", "setup_module", "setUpModule"}
)
ENTERED = (ast.FunctionDef, ast.AsyncFunctionDef)


class Independence:
    """The parts of tests that do not depend on the program.

    Args:
        trees: the tests' code by the name of the file that it was compiled under.
        of_program: names that the program defines.
    """

    def __init__(self, trees: Mapping[str, ast.Module], of_program: Collection[str]) -> None:
        self._trees = trees
        self._of_program = frozenset(of_program) | REACHING

    def holds(self, error: BaseException) -> bool:
        """Whether ``error`` was raised regardless of the program."""
        trace = error.__traceback__
        while trace is not None:
            tree = self._trees.get(trace.tb_frame.f_code.co_filename)
            if tree is not None:
                return any(self._is_independent(path) for path in _paths_to(tree, _position(trace)))
            trace = trace.tb_next
        return False

    def _is_independent(self, path: list[ast.AST]) -> bool:
        names = {node.id for node in ast.walk(path[-1]) if isinstance(node, ast.Name)}
        return names.isdisjoint(self._dependent) and _is_always_reached(path)

    def executed(self) -> str | None:
        """Return the call by which tests would execute a program's answer outside the jail; None if there is none."""
        for node in (node for tree in self._trees.values() for node in ast.walk(tree)):
            if isinstance(node, ast.Call) and _executes(node.func):
                given = [*node.args, *(word.value for word in node.keywords)]
                names = {part.id for each in given for part in ast.walk(each) if isinstance(part, ast.Name)}
                if not names.isdisjoint(self._dependent):
                    return ast.unparse(node)
        return None

    @cached_property
    def _dependent(self) -> frozenset[str]:
        """The names that may hold or share something of the program."""
        groups = [group for tree in self._trees.values() for group in _groups(tree.body)]
        known = set(self._of_program)
        found = True
        while found:
            touched = [group for group in groups if not group.isdisjoint(known) and not group <= known]
            for group in touched:
                known |= group
            found = bool(touched)
        return frozenset(known)


def independence_of(trees: Mapping[str, ast.Module], of_program: Collection[str]) -> Independence:
    """Return the parts of the tests' code that do not depend on the program.

    Raises:
        TestsUnusable: the tests would execute, outside the jail, what the program answered.
    """
    independence = Independence(trees, of_program)
    if (call := independence.executed()) is not None:
        raise TestsUnusable(f"the tests would execute outside the sandbox what the program answered: {call:.80}")
    return independence


def _executes(function: ast.expr) -> bool:
    if isinstance(function, ast.Name):
        return function.id in EXECUTING
    if isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name):
        return function.attr in EXECUTING_OF.get(function.value.id, ())
    return False


def _groups(body: list[ast.stmt]) -> Iterator[set[str]]:
    """Yield the names that occur together, statement by statement; a test function's statements one by one."""
    for node in body:
        if isinstance(node, ENTERED):
            yield {argument.arg for argument in ast.walk(node.args) if isinstance(argument, ast.arg)} | {"sys"}
            if _is_test(node):
                yield from _groups(node.body)
                continue
        if isinstance(node, ast.Assert) and isinstance(node.test, ast.Compare):
            yield from map(_names, [node.test.left, *node.test.comparators])
        else:
            yield _names(node)


def _is_test(node: ast.AST) -> bool:
    return isinstance(node, ENTERED) and (node.name.startswith("test") or node.name in ALWAYS_CALLED)


def _names(node: ast.AST) -> set[str]:
    found: set[str] = set()
    for part in ast.walk(node):
        if isinstance(part, ast.Name):
            found.add(part.id)
        elif isinstance(part, ast.arg):
            found.add(part.arg)
        elif isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(part.name)
        elif isinstance(part, ast.alias):
            found |= {part.name.partition(".")[0], (part.asname or part.name).partition(".")[0]}
        elif isinstance(part, ast.ImportFrom) and part.module:
            found.add(part.module.partition(".")[0])
    return {name for name in found if name in REACHING or not hasattr(builtins, name)}


def _position(trace: TracebackType) -> tuple[int | None, ...]:
    positions = list(trace.tb_frame.f_code.co_positions())
    return positions[trace.tb_lasti // 2]


def _paths_to(node: ast.AST, position: tuple[int | None, ...]) -> Iterator[list[ast.AST]]:
    """Yield the nodes from the root down to each expression or statement at a position."""
    here = tuple(getattr(node, name, None) for name in ("lineno", "end_lineno", "col_offset", "end_col_offset"))
    if here == position and isinstance(node, ast.expr | ast.stmt):
        yield [node]
        return
    for child in ast.iter_child_nodes(node):
        for path in _paths_to(child, position):
            yield [node, *path]


def _is_always_reached(path: list[ast.AST]) -> bool:
    """Whether every run of the tests that gets past what is before a node comes to it."""
    above = [node for node in path if isinstance(node, ast.stmt)]
    *outer, statement = above or [ast.Pass()]
    classes = [node for node in outer if isinstance(node, ast.ClassDef)]
    functions = [node for node in outer if node not in classes]
    if not isinstance(statement, PLAIN) or outer != [*classes[:1], *functions[:1]] or not all(map(_is_test, functions)):
        return False
    for function in functions:
        assert isinstance(function, ENTERED)
        before = function.body[: function.body.index(statement)]
        if any(isinstance(part, LEAVING) for each in before for part in ast.walk(each)):
            return False
    inside = path[path.index(statement) :]
    for node, child in pairwise(inside):
        if isinstance(node, NOT_ALWAYS) or (isinstance(node, ast.Compare) and child in node.comparators[1:]):
            return False
        if isinstance(node, ast.Assert) and child is node.msg:
            return False
    return True
