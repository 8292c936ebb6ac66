"""The objects of a sample's program that the judge knows by number, and values as nodes."""

from __future__ import annotations

import builtins
import sys
from collections.abc import Callable
from typing import Any

from ..exchange.value_encoder import Encoder
from ..exchange.value_types import CHANGING, OF_TESTS, PURE, TooDeep, function_node
from .operations import ABILITIES, SET_LIKE, is_array
from .tests_proxies import ORIGIN, ClassProxy, ObjectProxy, TestsProxy, number_of
from .tests_values import CLASS_NUMBER

MISSING: Any = object()
LIBRARY = sys.stdlib_module_names
NOT_TOLD = frozenset({"builtins", "typing", "types", "solution", "__main__"})
MOST_CLASSES = 5
"""How many classes of the standard library a program's object may be told to be an instance of."""


def _above(kind: Any) -> Any:
    """Return the method resolution order of a class."""
    return type.__dict__["__mro__"].__get__(kind)


def _own_names(kind: Any) -> Any:
    """Return the names in a class's own body."""
    return type.__dict__["__dict__"].__get__(kind)


class ProgramObjects:
    """The objects of one program that appeared in an answer, each under a number."""

    def __init__(self) -> None:
        self._objects: list[object] = []
        self._numbers: dict[int, int] = {}
        self._abilities: dict[type, list[str]] = {}
        self._library: dict[type, list[list[str]]] = {}
        self.copying = Encoder(self._opaque, self._extended)
        """Encodes answers to calls made ahead, which are copies."""
        self.sharing = Encoder(self._opaque, self._extended)
        """Encodes messages of a conversation, in which containers are shared."""

    def clear(self) -> None:
        """Drop every object."""
        self._objects.clear()
        self._numbers.clear()
        self._abilities.clear()
        self._library.clear()

    def __getitem__(self, number: int) -> object:
        return self._objects[number]

    def number(self, value: object) -> int:
        """Return the number of an object; it gets one if it has none."""
        known = self._numbers.get(id(value))
        if known is not None:
            return known
        self._objects.append(value)
        self._numbers[id(value)] = len(self._objects) - 1
        return len(self._objects) - 1

    def release(self, number: int) -> None:
        """Drop an object that no test refers to any more."""
        self._numbers.pop(id(self._objects[number]), None)
        self._objects[number] = MISSING

    def encode(self, value: object, encoder: Encoder) -> Any:
        """Return the node of a value; a value that is nested too deep is encoded as an object."""
        try:
            return encoder.encode(value)
        except (TooDeep, RecursionError):
            return self._opaque(value)

    def exception_class(self, kind: type) -> list[Any]:
        """Return the node of a class of exceptions."""
        name = type.__dict__["__name__"].__get__(kind)
        if getattr(builtins, name, None) is kind:
            return ["g", name]
        bases = type.__dict__["__bases__"].__get__(kind)
        known = [base for base in bases if BaseException in type.__dict__["__mro__"].__get__(base)]
        node = ["x", self.number(kind), name, [self.exception_class(base) for base in known]]
        return [*node, module] if type(module := kind.__module__) is str and module in sys.modules else node

    def _opaque(self, value: object) -> Any:  # noqa: PLR0911 - one a kind of value
        kind = type(value)
        if TestsProxy in kind.__mro__:
            return ["k", number_of(value)]
        if BaseException in kind.__mro__ and isinstance(proxy := getattr(value, "passgap_proxy", None), TestsProxy):
            return ["k", number_of(proxy)]
        if kind is ClassProxy and "_table_number" in type.__dict__["__dict__"].__get__(value):
            return ["k", number_of(value)]
        if value is type(None):
            return ["g", "NoneType"]
        if type in kind.__mro__:
            if ORIGIN in _own_names(value):
                return ["k", number_of(_own_names(value)[ORIGIN])]
            name = type.__dict__["__name__"].__get__(value)
            if getattr(builtins, name, None) is value:
                return ["g", name]
            if BaseException in type.__dict__["__mro__"].__get__(value):
                return self.exception_class(value)  # type: ignore[arg-type]
        if (
            kind is type(len)
            and (name := getattr(value, "__name__", None)) in PURE
            and vars(builtins).get(name) is value
        ):
            return ["g", name]
        if (function := function_node(value)) is not None:
            return function
        return self._described(value, kind, "set" if kind in SET_LIKE else "array" if is_array(value) else None)

    def _described(self, value: object, kind: type, base: str | None) -> list[Any]:
        name = "type" if type in kind.__mro__ else type.__dict__["__name__"].__get__(kind)
        abilities = self._abilities_of(kind)
        if name == "type" and any("__class_getitem__" in _own_names(one) for one in _above(value)):
            abilities = [*abilities, "getitem"]
        return ["h", self.number(value), name, base, abilities, self._library_classes_of(kind)]

    def _library_classes_of(self, kind: type) -> list[list[str]]:
        """Return the nearest classes of the standard library that a class extends, or is: [module, name] each."""
        if kind not in self._library:
            found: list[type] = []
            above: tuple[type, ...] = type.__dict__["__mro__"].__get__(kind)
            for one in above:
                module, name = one.__module__, type.__dict__["__name__"].__get__(one)
                if type(module) is not str or module in NOT_TOLD or module.partition(".")[0] not in LIBRARY:
                    continue
                if getattr(sys.modules.get(module), name, None) is not one:
                    continue
                if not any(one in type.__dict__["__mro__"].__get__(known) for known in found):
                    found.append(one)
            origins = [_own_names(one)[ORIGIN] for one in above if ORIGIN in _own_names(one)]
            self._library[kind] = [[OF_TESTS, str(number_of(origin))] for origin in origins[:1]]
            self._library[kind] += [[one.__module__, one.__name__] for one in found[:MOST_CLASSES]]
        return self._library[kind]

    def _abilities_of(self, kind: type) -> list[str]:
        """Return the special methods that a class defines."""
        if kind not in self._abilities:
            mro = [one.__dict__ for one in type.__dict__["__mro__"].__get__(kind) if one is not object]
            found = {
                name: next((one[f"__{name}__"] for one in mro if f"__{name}__" in one), None) for name in ABILITIES
            }
            self._abilities[kind] = [name for name, method in found.items() if method is not None]
            if next((one["__hash__"] for one in mro if "__hash__" in one), MISSING) is None:
                self._abilities[kind].append("unhashable")
        return self._abilities[kind]

    def _extended(self, value: Any, base: type, exact: Callable[[Any], Any]) -> Any:
        own = type.__dict__["__dict__"].__get__(type(value))
        if CLASS_NUMBER in own and base is tuple:
            return ["Z", own[CLASS_NUMBER], *map(self.sharing.encode, exact(value))]
        if type(own.get("passgap_proxy")) is ObjectProxy:
            return ["k", number_of(own["passgap_proxy"])]
        if base in CHANGING.values():
            return self._described(value, type(value), base.__name__)
        kind = type(value)
        about = [self._abilities_of(kind), self._library_classes_of(kind)]
        return ["S", self.number(value), self.copying.encode(exact(value)), *about]
