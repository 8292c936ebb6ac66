"""Pytest-style files: every ``test_*`` function is one case; the program is importable as ``solution``.

A file that imports pytest is run by pytest itself, in the judge's process, with its fixtures, parameters and marks. In
any other file, the functions are simply called.
"""

from __future__ import annotations

import ast
import contextlib
import io
import sys
import tempfile
import types
import unittest
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..session.session import Session
from ..session.shared_process import sharing_of
from ..session.working_folder import PYTEST
from .case_results import CaseResults
from .collected_tests import test_functions
from .free_names import free_names, standard_modules
from .imports import SOLUTIONS, Imports, texts_of
from .independence import independence_of
from .program_module import importable_program, known_module
from .pytest_observer import Observer, options, warm_pytest
from .pytest_source import bring_names, needs_pytest, without_main_call
from .rewriting import NamesInClasses, Prepared, parsed
from .tests_namespace import OURS, fresh_globals
from .tests_plan import Plan
from .unusable import TestsUnusable

TEST_MODULE = "test_solution"
OURS_MODULE = "_passgap_names"
"""The module from which rewritten tests import what they need."""


class PytestPlan(Plan):
    """Executes the file in the judge, with proxies in its ``solution``."""

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
        self._code = compile(NamesInClasses(self._free_names).visit(parsed(ast.unparse(tree))), "<tests>", "exec")
        independence = independence_of({"<tests>": parsed(ast.unparse(tree))}, [*self.names, *self._module_names])
        self.independence = None if self.sharing else independence
        self._by_pytest = needs_pytest(tree, imports.imported)
        if self._by_pytest:
            warm_pytest()
            tree = Prepared(guarded=False).visit(tree)
            bring_names(tree, [f"from {OURS_MODULE} import {', '.join(OURS)}"])
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
        """Handle a file without tests, which may be the program's fault only if something of it was used."""
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
            sys.modules[OURS_MODULE] = ours = types.ModuleType(OURS_MODULE)
            vars(ours).update(OURS)
            try:
                shared = [] if session.folder is None else [f"--basetemp={session.folder.folder}/{PYTEST}"]
                pytest.main([*options(folder), *shared, str(path)], plugins=[observer])
            finally:  # else the next sample would be judged with this one's proxies
                sys.modules.pop(TEST_MODULE, None)
                sys.modules.pop(OURS_MODULE, None)
        if observer.stopped is not None:
            raise observer.stopped
        if observer.uncollected is not None:
            results.expect(1)
            results.failed(0, observer.uncollected)
        elif not observer.seen:
            self._none_found(session, results)
