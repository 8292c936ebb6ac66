"""Which classes are the tests' own."""

from __future__ import annotations

import functools
import sys
from abc import ABCMeta


def is_of_tests(kind: type) -> bool:
    """Whether a class was defined by the tests, rather than by a module that they import."""
    module = sys.modules.get(kind.__module__)
    return (
        type(kind) in (type, ABCMeta)
        and not issubclass(kind, BaseException)
        and kind.__module__ not in sys.stdlib_module_names
        and getattr(module, "__spec__", None) is None
    )


@functools.lru_cache(100)
def extension_of(kind: type) -> type | None:
    """Return a class that extends one of the tests, for a program's object to be an instance of; None if it cannot.

    It is another class, so that no ``__eq__`` that asks for the very same one takes such an object for the tests' own.
    """
    if any("__init_subclass__" in vars(one) for one in kind.__mro__[:-1]):  # the tests would take note of it
        return None
    return type(kind)(kind.__name__, (kind,), {})
