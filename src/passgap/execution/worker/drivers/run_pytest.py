# ruff: noqa
"""Runs pytest in the current folder, and reports the outcome of each test past everything that the tests import.

The repository's own folder is put on the import path only once pytest and what it uses are loaded, so that no module of
the repository stands in for one of theirs.
"""

import argparse
import ast
import difflib
import doctest
import importlib
import inspect
import json
import logging
import os
import pdb
import pkgutil
import pprint
import shlex
import shutil
import sys
import tempfile
import traceback
import types
import typing
import unittest
import warnings

import _pytest
import pytest

if typing.TYPE_CHECKING:
    from passgap.execution.worker.drivers.signed_channel import channel, read_key


def load_whole(package: types.ModuleType) -> None:
    """Import every module of a package now, while nothing else can be found in its place."""
    for each in pkgutil.iter_modules(package.__path__, package.__name__ + "."):
        try:
            importlib.import_module(each.name)
        except Exception:
            pass


def observer(say: "typing.Callable[..., None]") -> "typing.Tuple[object, typing.List[int]]":
    """Return a plugin that reports the outcome of each test once it is over."""
    seen = {}  # type: typing.Dict[str, str]
    told = [0]

    class Observer(object):
        @pytest.hookimpl(trylast=True)
        def pytest_runtest_logreport(self, report: "pytest.TestReport") -> None:
            name, expected = report.nodeid, hasattr(report, "wasxfail")
            if report.outcome == "failed":
                outcome = "failed"  # type: typing.Optional[str]
            elif report.outcome == "skipped":
                outcome = "passed" if expected else "skipped"
            else:
                outcome = "passed" if report.when == "call" else None
            known = seen.get(name)
            if outcome is not None and known != "failed":
                seen[name] = outcome
            if report.when == "teardown":
                say(name, seen.pop(name, "failed"))
                told[0] += 1

    return Observer(), told


def main() -> None:
    key, _ = read_key()
    say = channel(key)
    del key
    load_whole(_pytest)
    say("", "ready")
    root = os.getcwd()
    sys.path.insert(0, root)
    if os.path.isdir(os.path.join(root, "src")):
        sys.path.insert(1, os.path.join(root, "src"))
    watcher, told = observer(say)
    status = pytest.main(["-p", "no:cacheprovider", "--tb=no"] + sys.argv[1:], plugins=[watcher])
    say("", "end", told[0], int(status))


if __name__ == "__main__":
    main()
