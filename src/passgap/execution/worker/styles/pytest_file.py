"""Pytest-style files: every ``test_*`` function is one case; the program is importable as ``solution``.

A file that imports pytest is run by pytest itself, in the judge's process, with its fixtures, parameters and marks. Any
other file needs no more than its functions called.
"""

from __future__ import annotations

import ast
import contextlib
import io
import sys
import tempfile
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from ..ending import Stop
from ..session import Session
from .base import Plan, Record, TestsUnusable, fresh_globals
from .calls import free_names, standard_modules

SOLUTION = "solution"
TEST_MODULE = "test_solution"
OPTIONS = ("-q", "--no-header", "-p", "no:cacheprovider", "-c", "/dev/null", "--tb=no", "--import-mode=importlib")


class PytestPlan(Plan):
    """Executes the file outside, its ``solution`` made of stand-ins."""

    cases = 0

    def __init__(self, tests: dict[str, Any], entry_point: str | None) -> None:
        self._source = tests["code"]
        tree = ast.parse(self._source)
        free = free_names([tree])
        self._modules = standard_modules(free)
        wanted = [*solution_names(tree), *(name for name in free if name not in self._modules), entry_point]
        self.names = tuple(dict.fromkeys(name for name in wanted if name))
        imported = {
            alias.name.partition(".")[0]
            for node in ast.walk(tree)
            if isinstance(node, ast.Import)
            for alias in node.names
        }
        imported |= {str(node.module).partition(".")[0] for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        self._needs_pytest = "pytest" in imported
        self._code = compile(tree, "<tests>", "exec")

    def judge(self, session: Session, values: dict[str, Any], record: Record) -> None:
        """Run every test function, whether or not the one before it returned."""
        with importable_solution(values):
            if self._needs_pytest:
                self._run_pytest(values, record)
                return
            namespace = fresh_globals({name: __import__(name) for name in self._modules} | values)
            exec(self._code, namespace)  # noqa: S102 - trusted tests
            tests = list(test_functions(namespace))
            if not tests:
                raise TestsUnusable("the file defines no test_* function and no test case")
            record.expect(len(tests))
            for case, test in enumerate(tests):
                try:
                    test()
                except (Exception, SystemExit) as error:  # noqa: BLE001 - any exception fails the test
                    record.failed(case, error)
                else:
                    record.passed(case)

    def _run_pytest(self, values: dict[str, Any], record: Record) -> None:
        try:
            import pytest
        except ImportError:
            raise TestsUnusable("the tests import pytest, which is not installed") from None
        observer = Observer(record, (pytest.skip.Exception, pytest.xfail.Exception))
        with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
            path = Path(folder) / f"{TEST_MODULE}.py"
            path.write_text(self._source, encoding="utf-8")
            try:
                pytest.main([*OPTIONS, f"--rootdir={folder}", str(path)], plugins=[observer])
            finally:  # else the next sample would be judged with this one's stand-ins
                sys.modules.pop(TEST_MODULE, None)
        if observer.stopped is not None:
            raise observer.stopped
        if observer.uncollected is not None:
            record.expect(1)
            record.failed(0, observer.uncollected)
        elif not observer.seen:
            raise TestsUnusable("the file defines no test that pytest finds")


class Observer:
    """A pytest plugin that records each test, and stops at what decides the sample.

    Args:
        record: of the sample.
        skips: what pytest itself raises where tests are left out; a program can raise nothing but its own like.
    """

    def __init__(self, record: Record, skips: tuple[type[BaseException], ...]) -> None:
        self._record = record
        self._skips = skips
        self.seen: dict[str, int] = {}
        self.stopped: Stop | None = None
        self.uncollected: str | None = None

    def pytest_collection_modifyitems(self, items: list[Any]) -> None:
        self.seen = {item.nodeid: number for number, item in enumerate(items)}
        self._record.expect(len(items))

    def pytest_collectreport(self, report: Any) -> None:
        if report.failed:
            self.uncollected = "the tests cannot be imported with this program"

    def pytest_exception_interact(self, node: Any, call: Any) -> None:
        if isinstance(call.excinfo.value, Stop):
            self.stopped = call.excinfo.value
            node.session.shouldstop = "decided"

    def pytest_runtest_makereport(self, item: Any, call: Any) -> None:
        case = self.seen[item.nodeid]
        error = call.excinfo.value if call.excinfo is not None else None
        if isinstance(error, Stop):
            return
        if error is not None and not isinstance(error, self._skips):
            self._record.failed(case, error)
        elif call.when == "call" or error is not None:
            self._record.passed(case)


@contextlib.contextmanager
def importable_solution(values: dict[str, Any]) -> Iterator[None]:
    """Make ``import solution`` find the program's names."""
    module = types.ModuleType(SOLUTION)
    module.__dict__.update(values)
    sys.modules[SOLUTION] = module
    try:
        yield
    finally:
        sys.modules.pop(SOLUTION, None)


def solution_names(tree: ast.Module) -> list[str]:
    """Return what the file takes from ``solution``, by import or as an attribute."""
    names: list[str] = []
    modules = {SOLUTION}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == SOLUTION:
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.Import):
            modules |= {alias.asname for alias in node.names if alias.name == SOLUTION and alias.asname}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in modules:
            names.append(node.attr)
    return names


def test_functions(namespace: dict[str, Any]) -> Iterator[Callable[[], Any]]:
    """Yield each test function, and each test method on a fresh instance, unittest's with what it sets up."""
    test_case: Any = getattr(sys.modules.get("unittest"), "TestCase", ())
    for name, value in list(namespace.items()):
        if name.startswith("test") and isinstance(value, types.FunctionType):
            yield value
        elif isinstance(value, type) and issubclass(value, test_case):
            case: Any = value
            case.setUpClass()
            yield from (case(attribute).debug for attribute in dir(case) if attribute.startswith("test"))
        elif name.startswith("Test") and isinstance(value, type):
            for attribute in vars(value):
                if attribute.startswith("test"):
                    yield getattr(value(), attribute)
