"""Which classes are the tests' own."""

from __future__ import annotations

import sys


def is_of_tests(kind: type) -> bool:
    """Whether a class was defined by the tests, rather than by a module that they import."""
    module = sys.modules.get(kind.__module__)
    return (
        type(kind) is type
        and not issubclass(kind, BaseException)
        and kind.__module__ not in sys.stdlib_module_names
        and getattr(module, "__spec__", None) is None
    )
