"""Runs pytest in the judge's process: its options, a first run, and the plugin that records each test."""

from __future__ import annotations

import contextlib
import functools
import gc
import io
import sys
import tempfile
import unittest
from collections.abc import Collection
from pathlib import Path
from typing import Any

from ..stops import Stop
from .case_results import CaseResults
from .failure_text import describe
from .unusable import TestsUnusable

OPTIONS = ("-q", "--no-header", "-p", "no:cacheprovider", "-c", "/dev/null", "--tb=no", "--import-mode=importlib")


def options(folder: str) -> list[str]:
    """The options with which the tests in a folder are run.

    Its parents are cut off: in the folder of temporary files pytest would look at everything that lies there, and
    execute a ``conftest.py`` of whoever may write to it.
    """
    return [*OPTIONS, f"--rootdir={folder}", f"--confcutdir={folder}"]


@functools.cache
def warm_pytest() -> None:
    """Import pytest and its plugins and run it once: that takes seconds, which no sample should spend.

    At the end of each run pytest has all garbage collected, several times. What is there by now never becomes garbage,
    and is left out of that from here on: to look through it takes longer than the rest of a small run.
    """
    import pytest

    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
        path = Path(folder) / "test_nothing.py"
        path.write_text("def test():\n    assert [1] == [1]\n", encoding="utf-8")
        pytest.main([*options(folder), str(path)])
        sys.modules.pop("test_nothing", None)
    gc.collect()
    gc.freeze()


class Observer:
    """A pytest plugin that records each test, and stops when something decides the sample.

    Args:
        results: of the sample.
        skips: what pytest itself raises to skip tests; a program cannot raise these.
        no_fixture: what pytest raises if a test asks for a fixture that does not exist.
        arguments: names of fixtures in the tests' code; any other name may come from a program's answer.
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
        """Find out why the file could not be imported, for which pytest has a message of its own."""
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
        """Record a test's result as pytest reports it: marked tests may be expected to fail."""
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
        """Whether a test that did not fail raised an exception because of a mark, or skipped itself."""
        return hasattr(report, "wasxfail") or isinstance(error, (*self._skips, unittest.SkipTest))
