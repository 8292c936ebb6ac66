"""The body of a class of the tests in parts that a program's process can put together again."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Mapping
from types import ModuleType
from typing import Any

from ..exchange.value_types import is_of_program
from .tests_classes import is_of_tests

LEFT_OUT = frozenset(
    {"__dict__", "__weakref__", "__module__", "__firstlineno__", "__static_attributes__"}
    | {"_abc_impl", "__abstractmethods__"}
)
"""Names of a class that Python gives it when it is made."""
FIELD_OPTIONS = ("default", "default_factory", "init", "repr", "hash", "compare", "kw_only")


def parts_of(names: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, list[Any]]]:
    """Return the plain attributes and methods of a class, and its descriptors as [kind, functions or options]."""
    plain: dict[str, Any] = {}
    descriptors: dict[str, list[Any]] = {}
    for name, value in names.items():
        if type(value) is property:
            descriptors[name] = ["property", [value.fget, value.fset, value.fdel]]
        elif type(value) in (staticmethod, classmethod):
            descriptors[name] = [type(value).__name__, [value.__func__]]
        elif type(value) is functools.cached_property:
            descriptors[name] = ["cached_property", [value.func]]
        elif type(value) is dataclasses.Field:
            given = {option: getattr(value, option) for option in FIELD_OPTIONS}
            known = {option: one for option, one in given.items() if one is not dataclasses.MISSING}
            descriptors[name] = ["field", known]
        elif name == "__annotations__":
            plain[name] = {field: _annotation(kind) for field, kind in value.items()}
        elif name not in LEFT_OUT:
            plain[name] = value
    return plain, descriptors


def _annotation(kind: Any) -> Any:
    simple = kind is None or isinstance(kind, str) or is_of_program(kind)
    return kind if simple or (getattr(kind, "__module__", "") == "builtins" and isinstance(kind, type)) else repr(kind)


def members_of(kind: type) -> list[Any]:
    """Return what a program's class inherits if it extends one of the tests': plain names, descriptors, built-in base.

    The names of the classes above it are included.
    """
    names: dict[str, Any] = {}
    for one in reversed(kind.__mro__):
        if is_of_tests(one):
            names |= {name: value for name, value in vars(one).items() if not isinstance(value, ModuleType)}
    built_in = next((one for one in kind.__mro__ if one.__module__ == "builtins" and one is not object), None)
    return [*parts_of(names), built_in]
