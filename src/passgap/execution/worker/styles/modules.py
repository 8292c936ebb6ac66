"""The modules that tests import: the program's under one of several names, and any other before the clock starts."""

from __future__ import annotations

import ast
import contextlib
import importlib
import sys
import types
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from .base import TestsUnusable

SOLUTIONS = ("solution", "__main__", "main", "candidate", "submission", "your_module")
"""Names that tests use for the program's module."""


class Imports:
    """The imports of the tests' code.

    Attributes:
        of_program: names that it takes from the program's module, by import or as an attribute.
        modules: the names under which it imports the program's module.
        star: whether it imports everything from there.
        missing: what it imports and what cannot be imported here, found by trying.

    Raises:
        TestsUnusable: it imports, whatever else it does, what cannot be imported, or leaves the tests to the program.
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


def _perhaps_not_run(tree: ast.Module) -> Iterator[ast.AST]:
    """Yield the nodes below functions, branches and handlers: an import there may not be made, or may be let fail."""
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
    """Every text that stands in the code."""
    return frozenset(
        node.value
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )


class Attributes(dict[str, Any]):
    """The names of the program's module, each of them looked up in the program when it is asked for."""

    def __init__(self, session: Any, public: Iterable[str]) -> None:
        super().__init__({name: None for name in public})
        self._session = session

    def __getitem__(self, name: str) -> Any:
        try:
            return self._session.attribute(name)
        except AttributeError:
            raise KeyError(name) from None

    def __contains__(self, name: object) -> bool:
        return self.get(str(name), self) is not self

    def get(self, name: str, default: Any = None) -> Any:
        """Return what the program calls ``name``, or ``default``."""
        try:
            return self[name]
        except KeyError:
            return default


class ProgramModule(types.ModuleType):
    """The program's module as its tests import it: every attribute is read, set and deleted in the program."""

    def __init__(self, name: str, session: Any, public: Iterable[str]) -> None:
        super().__init__(name)
        super().__setattr__("__all__", list(public))
        super().__setattr__("passgap_session", session)

    @property
    def __dict__(self) -> dict[str, Any]:  # type: ignore[override]
        return Attributes(self.passgap_session, self.__all__)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self.passgap_session.attribute(name)

    def __setattr__(self, name: str, value: Any) -> None:
        if name.startswith("__"):
            super().__setattr__(name, value)
        else:
            self.passgap_session.bind(name, value)

    def __delattr__(self, name: str) -> None:
        self.passgap_session.unbind(name)


@contextlib.contextmanager
def importable_program(session: Any, names: Iterable[str], public: Callable[[], Iterable[str]]) -> Iterator[None]:
    """Make ``import solution``, and each other of ``names``, find the program's module."""
    known = {name: sys.modules.get(name) for name in names}
    module = ProgramModule(SOLUTIONS[0], session, public()) if known else None
    try:
        for name in known:
            sys.modules[name] = module  # type: ignore[assignment]
        yield
    finally:
        for name, before in known.items():
            if before is None:
                sys.modules.pop(name, None)
            else:
                sys.modules[name] = before


class TestsModule:
    """The module of the tests, for those parts of the standard library that look a class's module up by its name."""

    __test__ = False

    def __init__(self, namespace: dict[str, Any]) -> None:
        object.__setattr__(self, "_namespace", namespace)

    @property
    def __dict__(self) -> dict[str, Any]:  # type: ignore[override]
        names: dict[str, Any] = object.__getattribute__(self, "_namespace")
        return names

    def __getattr__(self, name: str) -> Any:
        try:
            return object.__getattribute__(self, "_namespace")[name]
        except KeyError:
            raise AttributeError(name) from None

    def __setattr__(self, name: str, value: Any) -> None:
        object.__getattribute__(self, "_namespace")[name] = value


@contextlib.contextmanager
def known_module(namespace: dict[str, Any], imported: Iterable[str]) -> Iterator[None]:
    """Let the tests' module be found by its name, unless the program's is imported by that name."""
    name = namespace["__name__"]
    before = sys.modules.get(name)
    if name not in imported:
        sys.modules[name] = TestsModule(namespace)  # type: ignore[assignment]
    try:
        yield
    finally:
        if name not in imported:
            sys.modules.pop(name, None)
            if before is not None:
                sys.modules[name] = before


@contextlib.contextmanager
def no_half_imports() -> Iterator[None]:
    """Take back the modules whose import was cut off: the next sample's tests import them anew."""
    before = set(sys.modules)
    try:
        yield
    finally:
        for name in set(sys.modules) - before:
            spec = getattr(sys.modules[name], "__spec__", None)
            if getattr(spec, "_initializing", False):
                sys.modules.pop(name, None)
