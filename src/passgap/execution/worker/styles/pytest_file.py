"""Pytest-style files: every ``test_*`` function is one case; the program is importable as ``solution``.

A file that imports pytest is run by pytest itself, in the judge's process, with its fixtures, parameters and marks. Any
other file needs no more than its functions called.
"""

from __future__ import annotations

import ast
import contextlib
import functools
import importlib.util
import io
import sys
import tempfile
import types
import unittest
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Any

from ..stops import Stop
from ..session.shared_process import sharing_of
from ..session.session import Session
from .base import Plan, CaseResults, TestsUnusable, describe, fresh_globals, independence_of, parsed
from .calls import free_names, standard_modules
from .modules import SOLUTIONS, Imports, importable_program, known_module, texts_of

TEST_MODULE = "test_solution"
OPTIONS = ("-q", "--no-header", "-p", "no:cacheprovider", "-c", "/dev/null", "--tb=no", "--import-mode=importlib")
HOOKS = frozenset(
    f"{when}_{what}" for when in ("setup", "teardown") for what in ("module", "function", "class", "method")
)
"""Functions that pytest calls around tests."""


class PytestPlan(Plan):
    """Executes the file outside, its ``solution`` made of proxies."""

    cases = 0

    def __init__(self, tests: dict[str, Any], entry_point: str | None) -> None:
        tree = without_main_call(ast.parse(tests["code"]))
        self.texts = texts_of([tree])
        self.sharing = sharing_of([tree])
        imports = Imports([tree])
        self.missing, self.imported = imports.missing, frozenset(imports.imported)
        self._module_names = sorted(imports.modules | {SOLUTIONS[0]})
        free = free_names([tree])
        modules = standard_modules(free, [tree])
        self._modules = {name: __import__(name) for name in modules}
        self._free_names = [name for name in free if name not in self._modules]
        wanted = [*imports.of_program, *self._free_names, entry_point]
        self.names = tuple(dict.fromkeys(name for name in wanted if name))
        self._code = compile(parsed(ast.unparse(tree)), "<tests>", "exec")
        independence = independence_of({"<tests>": parsed(ast.unparse(tree))}, [*self.names, *self._module_names])
        self.independence = None if self.sharing else independence
        self._by_pytest = needs_pytest(tree, imports.imported)
        if self._by_pytest:
            warm_pytest()
            bring_names(tree, [f"import {name}" for name in modules])
            bring_names(tree, [f"from {SOLUTIONS[0]} import *"] if self._free_names else [])
        self._source = ast.unparse(tree)
        self._arguments = {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}

    def judge(self, session: Session, results: CaseResults) -> None:
        """Run every test function, whether or not the one before it returned."""
        with importable_program(session, self._module_names, lambda: session.available(self._free_names)):
            if self._by_pytest:
                self._run_pytest(session, results)
                return
            namespace = fresh_globals(dict(self._modules), session)
            with known_module(namespace, self._module_names):
                exec(self._code, namespace)  # noqa: S102 - trusted tests
                self._run_each(list(test_functions(namespace)), session, results)

    def _run_each(self, tests: list[Callable[[], Any]], session: Session, results: CaseResults) -> None:
        if not tests:
            self._none_found(session, results)
            return
        results.expect(len(tests))
        for case, test in enumerate(tests):
            try:
                test()
            except unittest.SkipTest as error:
                if session.raised(error):
                    results.failed(case, error)
                else:
                    results.passed(case)
            except (Exception, SystemExit) as error:  # noqa: BLE001 - any exception fails the test
                results.failed(case, error)
            else:
                results.passed(case)

    def _none_found(self, session: Session, results: CaseResults) -> None:
        """Which tests there are may depend on the program only where something of it was used."""
        if not session.used:
            raise TestsUnusable("the file defines no test")
        results.expect(1)
        results.failed(0, "with this program, the file defines no test")

    def _run_pytest(self, session: Session, results: CaseResults) -> None:
        import pytest

        observer = Observer(
            results, (pytest.skip.Exception, pytest.xfail.Exception), pytest.FixtureLookupError, self._arguments
        )
        with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
            path = Path(folder) / f"{TEST_MODULE}.py"
            path.write_text(self._source, encoding="utf-8")
            try:
                pytest.main([*OPTIONS, f"--rootdir={folder}", str(path)], plugins=[observer])
            finally:  # else the next sample would be judged with this one's proxies
                sys.modules.pop(TEST_MODULE, None)
        if observer.stopped is not None:
            raise observer.stopped
        if observer.uncollected is not None:
            results.expect(1)
            results.failed(0, observer.uncollected)
        elif not observer.seen:
            self._none_found(session, results)


def needs_pytest(tree: ast.Module, imported: Collection[str]) -> bool:
    """Whether a file needs more than its functions called: it imports pytest, or relies on fixtures or hooks.

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
    """Put statements before a file's first that may have others before it."""
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


@functools.cache
def warm_pytest() -> None:
    """Import pytest and its plugins and let it run once, which takes seconds that no sample should pay for."""
    import pytest

    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
        path = Path(folder) / "test_nothing.py"
        path.write_text("def test():\n    assert [1] == [1]\n", encoding="utf-8")
        pytest.main([*OPTIONS, f"--rootdir={folder}", str(path)])
        sys.modules.pop("test_nothing", None)


def without_main_call(tree: ast.Module) -> ast.Module:
    """Take out ``unittest.main()`` and ``pytest.main()``: the tests are run without them."""
    tree.body = [node for node in tree.body if not is_main_call(node)]
    return tree


def is_main_call(node: ast.stmt) -> bool:
    """Whether a statement runs the tests of its own file."""
    calls = [part for part in ast.walk(node) if isinstance(part, ast.Call)] if isinstance(node, ast.Expr) else []
    return any(ast.unparse(call.func) in ("unittest.main", "pytest.main") for call in calls)


class Observer:
    """A pytest plugin that records each test, and stops at what decides the sample.

    Args:
        results: of the sample.
        skips: what pytest itself raises where tests are left out; a program can raise nothing but its own like.
        no_fixture: what pytest raises where a test asks for a fixture that does not exist.
        arguments: names of fixtures that the tests' code asks for; any other may be what a program answered.
    """

    def __init__(
        self,
        results: CaseResults,
        skips: tuple[type[BaseException], ...],
        no_fixture: type[BaseException],
        arguments: Collection[str],
    ) -> None:
        self._results = results
        self._skips = skips
        self._no_fixture = no_fixture
        self._arguments = arguments
        self.seen: dict[str, int] = {}
        self._items: dict[str, Any] = {}
        self._errors: dict[str, BaseException] = {}
        self.stopped: BaseException | None = None
        self.uncollected: str | None = None

    def pytest_collection_modifyitems(self, items: list[Any]) -> None:
        self.seen = {item.nodeid: number for number, item in enumerate(items)}
        self._items = {item.nodeid: item for item in items}
        self._results.expect(len(items))

    def pytest_collectreport(self, report: Any) -> None:
        if report.failed:
            self.uncollected = "the tests cannot be imported with this program"

    def pytest_exception_interact(self, node: Any, call: Any) -> None:
        error = call.excinfo.value
        if isinstance(error, Stop):
            self._stop(node, error)
        elif not hasattr(node, "runtest"):  # it was being collected
            self.reason_of_collection(node, error)

    def reason_of_collection(self, node: Any, error: BaseException) -> None:
        """Find out why the file could not be imported, of which pytest says it in words of its own."""
        cause = error.__cause__ or error
        try:
            self._results.expect(1)
            self._results.failed(0, cause)
        except TestsUnusable as unusable:
            self._stop(node, unusable)
        self.uncollected = describe(cause)

    def _stop(self, node: Any, error: BaseException) -> None:
        self.stopped = self.stopped or error
        node.session.shouldstop = "decided"

    def pytest_runtest_makereport(self, item: Any, call: Any) -> None:
        error = call.excinfo.value if call.excinfo is not None else None
        if error is not None:
            self._errors[item.nodeid] = error

    def pytest_runtest_logreport(self, report: Any) -> None:
        """Take pytest's word for marks: a test may be expected to fail."""
        case, item = self.seen[report.nodeid], self._items[report.nodeid]
        error = self._errors.pop(report.nodeid, None)
        if isinstance(error, Stop):
            return
        if report.failed and error is None:
            self._results.failed(case, str(report.longrepr))
        elif report.failed and error is not None:
            try:
                if isinstance(error, self._no_fixture) and getattr(error, "argname", None) in self._arguments:
                    raise TestsUnusable(f"the tests use a fixture that does not exist: {getattr(error, 'argname', '')}")
                self._results.failed(case, error)
            except TestsUnusable as unusable:
                self._stop(item, unusable)
        elif report.when == "call" or report.skipped:
            if isinstance(error, Exception) and not self._is_mark(report, error):
                self._results.failed(case, error)
            else:
                self._results.passed(case)

    def _is_mark(self, report: Any, error: BaseException) -> bool:
        """Whether a test that did not fail raised something because it was marked so, or was skipped by itself."""
        return hasattr(report, "wasxfail") or isinstance(error, (*self._skips, unittest.SkipTest))


def test_functions(namespace: dict[str, Any]) -> Iterator[Callable[[], Any]]:
    """Yield each test function, and each test method on a fresh instance, unittest's with what it sets up."""
    for name, value in list(namespace.items()):
        if name.startswith("test") and isinstance(value, types.FunctionType):
            yield value
        elif not issubclass(type(value), type):  # a program's class says that it is one, and is none here
            continue
        elif issubclass(value, unittest.TestCase):
            case: Any = value
            case.setUpClass()
            names = unittest.defaultTestLoader.getTestCaseNames(case)
            yield from (functools.partial(run_case, case(attribute)) for attribute in names)
        elif name.startswith("Test"):
            for attribute in vars(value):
                if attribute.startswith("test"):
                    yield getattr(value(), attribute)


class Expected(Exception):
    """A test of unittest succeeded that was expected to fail."""


def run_case(case: unittest.TestCase) -> None:
    """Run a test of unittest, and raise what it failed with, if it did."""
    method = getattr(case, case._testMethodName)
    expected = getattr(type(case), "__unittest_expecting_failure__", False)
    if not (expected or getattr(method, "__unittest_expecting_failure__", False)):
        case.debug()
        return
    try:
        case.debug()
    except unittest.SkipTest:
        raise
    except Exception:  # noqa: BLE001 - any failure is what the tests expect
        return
    raise Expected("a test that was expected to fail did not")
