"""The tests of a file that does not need pytest, as functions to be called."""

from __future__ import annotations

import functools
import types
import unittest
from collections.abc import Callable, Iterator
from typing import Any


def test_functions(namespace: dict[str, Any]) -> Iterator[Callable[[], Any]]:
    """Yield each test function, and each test method on a fresh instance; unittest's with setup and teardown."""
    for name, value in list(namespace.items()):
        if name.startswith("test") and isinstance(value, types.FunctionType):
            yield value
        elif not issubclass(type(value), type):  # a proxy of the program's class claims to be a type, and is not
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
    """A unittest test succeeded that was expected to fail."""


def run_case(case: unittest.TestCase) -> None:
    """Run a unittest test, and raise the exception that it failed with, if it did."""
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
