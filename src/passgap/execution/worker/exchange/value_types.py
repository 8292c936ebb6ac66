"""Which values are plain, and how the exact base value of an extended one is taken."""

from __future__ import annotations

import importlib
import re
import sys
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable
from types import BuiltinFunctionType, ModuleType
from typing import Any

MAX_DEPTH = 200
ATOMS = frozenset({type(None), bool, float, str})
ADDRESSES = {f"IPv{version}{what}" for version in (4, 6) for what in ("Address", "Network", "Interface")}
NUMERIC = re.compile(r"[<>|=]?[biufc]\d{1,2}|[<>|=]?U\d{1,6}")
"""Dtypes of numpy arrays whose items are plain values."""

HEAP_TYPE = 1 << 9
"""The flag of types that were defined in Python (``Py_TPFLAGS_HEAPTYPE``)."""

EXACT: tuple[tuple[type, Callable[[Any], Any]], ...] = (
    (int, int.__pos__),
    (float, float.__pos__),
    (str, str.__str__),
    (list, lambda value: list.__getitem__(value, slice(None))),
    (tuple, lambda value: tuple.__getitem__(value, slice(None))),
    (dict, lambda value: dict(dict.items(value))),
    (set, lambda value: set(set.__iter__(value))),
    (frozenset, lambda value: frozenset(frozenset.__iter__(value))),
    (bytes, lambda value: bytes.__getitem__(value, slice(None))),
    (bytearray, lambda value: bytearray.__getitem__(value, slice(None))),
    (complex, complex.__pos__),
)
"""How the exact base value of a subclass is taken."""
SHARED = frozenset({list, dict, set, bytearray, deque, Counter, OrderedDict, defaultdict})
"""Mutable types."""
CHANGING: dict[str, type] = {kind.__name__: kind for kind in (list, dict, set, bytearray)}
"""Mutable plain types; a program's object of a subclass of one stays in the jail as a whole."""
OWN_TEXTS = frozenset({"__str__", "__repr__", "__format__", "__getattr__"})
"""Special methods that tests notice if a class overrides those of its base type."""


class TooDeep(Exception):
    """A value is nested more than :data:`MAX_DEPTH` levels deep, or holds itself."""


class NotHere(TypeError):
    """An object of the program cannot be used outside its process."""


class Malformed(Exception):
    """A message does not encode a value."""


def exact_value(value: Any, base: type) -> Any:
    """Return the base value of ``value``, whose type is ``base`` or extends it."""
    if type(value) is base:
        return value
    return next((exact(value) for kind, exact in EXACT if kind is base), value)


def is_of_program(value: Any) -> bool:
    """Whether a value stands for an object that only the program's process holds."""
    return getattr(type(value), "passgap_number", None) is not None


def has_own_names(value: Any, kind: type, base: type) -> bool:
    """Whether a value has a public attribute or method that its base type does not have."""
    own = kind.__mro__[: kind.__mro__.index(base)]
    named = any(
        name[0] != "_" or name in OWN_TEXTS for one in own if one.__flags__ & HEAP_TYPE for name in one.__dict__
    )
    return named or any(type(name) is str and name[:1] != "_" for name in getattr(value, "__dict__", ()))


OF_TESTS = "tests"
"""In place of a module's name: the class that an object of the program extends is one of the tests, by its number."""
PURE_MODULES = {"_operator": "operator", "math": "math"}
"""Modules of functions that are the same on both sides, by the name that the functions give."""


def function_node(value: Any) -> list[Any] | None:
    """Return the node of a function of :data:`PURE_MODULES`; None for anything else."""
    if type(value) is not BuiltinFunctionType or type(value.__self__) is not ModuleType:
        return None
    name, module = value.__name__, PURE_MODULES.get(value.__self__.__name__)
    return ["g", name, module] if module and getattr(sys.modules.get(module), name, None) is value else None


def function_of(name: Any, module: Any) -> Any:
    """Return the function of :data:`PURE_MODULES` with a name.

    Raises:
        Malformed: there is none.
    """
    if module in PURE_MODULES.values() and type(name) is str and name[:1] != "_":
        value = getattr(importlib.import_module(module), name, None)
        if type(value) is BuiltinFunctionType:
            return value
    raise Malformed("an unknown function")


PURE = frozenset(
    {"abs", "all", "any", "bin", "callable", "chr", "divmod", "hash", "hex", "len", "max", "min", "oct", "ord", "repr"}
    | {"round", "sorted", "sum", "pow", "ascii", "format"}
)
"""Built-in functions that are the same on both sides, by name: they use nothing but their arguments."""
