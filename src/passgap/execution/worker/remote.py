"""The stand-in for an object that stays in the jail.

It lets tests use what a program returned (attributes, methods, items, iteration) without ever letting the program see
what it is compared with: a comparison or an arithmetic operation between a stand-in and a plain value is never asked
in the jail. It is unequal, or a TypeError; between two of the program's own objects the program decides.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from .session import Session
from .values import CHANGING, Malformed

T = TypeVar("T")
COMPARISONS = ("lt", "le", "gt", "ge", "add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul")


class Remote:
    """A value that only the program's process holds.

    Where its class extends a type like ``list``, tests take it for one of those, and what it is compared with is
    compared outside with the list that it holds at that time.
    """

    __slots__ = ("_base", "_name", "_number", "_session")

    def __init__(self, session: Session, number: int, name: str, base: str | None = None) -> None:
        object.__setattr__(self, "_session", session)
        object.__setattr__(self, "_number", number)
        object.__setattr__(self, "_name", name)
        object.__setattr__(self, "_base", CHANGING[base] if base else None)

    @property  # type: ignore[misc]
    def __class__(self) -> type:
        return self._base or Remote

    def passgap_node(self) -> list[Any]:
        return ["h", self._number]

    @property
    def passgap_number(self) -> int:
        number: int = self._number
        return number

    def _ask(self, operation: str, *operands: Any) -> Any:
        return self._session.ask(operation, self, *operands)

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        return self._session.call(self, list(args), keywords)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name not in ("__name__", "__doc__", "__dict__"):
            raise AttributeError(name)
        return self._ask("getattr", name)

    def __setattr__(self, name: str, value: Any) -> None:
        self._ask("setattr", name, value)

    def __delattr__(self, name: str) -> None:
        self._ask("delattr", name)

    def __getitem__(self, key: Any) -> Any:
        return self._ask("getitem", key)

    def __setitem__(self, key: Any, value: Any) -> None:
        self._ask("setitem", key, value)

    def __delitem__(self, key: Any) -> None:
        self._ask("delitem", key)

    def __iter__(self) -> Iterator[Any]:
        return RemoteIterator(self._ask("iter"))

    def __next__(self) -> Any:
        return self._ask("next")

    def __contains__(self, item: Any) -> bool:
        return any(other == item for other in self)

    def __len__(self) -> int:
        return as_kind(int, self._ask("len"))

    def __bool__(self) -> bool:
        return as_kind(bool, self._ask("bool"))

    def __int__(self) -> int:
        return as_kind(int, self._ask("int"))

    def __float__(self) -> float:
        return as_kind(float, self._ask("float"))

    def __str__(self) -> str:
        return as_kind(str, self._ask("str"))

    def __repr__(self) -> str:
        return as_kind(str, self._ask("repr"))

    def __abs__(self) -> Any:
        return self._ask("abs")

    def __neg__(self) -> Any:
        return self._ask("neg")

    def __round__(self, digits: int | None = None) -> Any:
        return self._ask("round") if digits is None else self._ask("round", digits)

    def __hash__(self) -> int:
        return hash((id(self._session), self._number))

    def __eq__(self, other: object) -> bool:
        if type(other) is Remote and not (self._base and other._base):
            return bool(self._ask("eq", other))
        return self._base is not None and bool(plain(self) == plain(other))

    def __ne__(self, other: object) -> bool:
        if type(other) is Remote and not (self._base and other._base):
            return bool(self._ask("ne", other))
        return not self == other

    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
        if self._base is None:
            raise TypeError("an object of the program's cannot be copied outside it")
        return self._base, (plain(self),)

    def __instancecheck__(self, instance: object) -> bool:
        asked = instance if type(instance) is Remote else getattr(instance, "passgap_stand_in", None)
        return asked is not None and as_kind(bool, self._session.ask("isinstance", asked, self))

    def __subclasscheck__(self, subclass: object) -> bool:
        return type(subclass) is Remote and as_kind(bool, self._session.ask("issubclass", subclass, self))


def plain(value: Any) -> Any:
    """Return what a stand-in for an extended list, dict or set holds at present; anything else as it is."""
    if type(value) is not Remote or value._base is None:
        return value
    return as_kind(value._base, value._session.ask("exact", value))


def extended(session: Session, number: int, value: Any) -> Any:
    """Return a plain value that cannot change, with the names that its class in the jail adds to those of its type.

    Raises:
        Malformed: it is no such value.
    """
    maker = EXTENDED.get(type(value))
    if maker is None:
        raise Malformed("a value that cannot be extended")
    result = maker(value)
    result.passgap_stand_in = Remote(session, number, type(value).__name__)
    return result


def _extending(base: type) -> Callable[[Any], Any]:
    def get(self: Any, name: str) -> Any:
        return getattr(self.__dict__["passgap_stand_in"], name)

    def reduce(self: Any, protocol: int) -> Any:
        return base, (base(self),)

    names = {
        "__getattr__": get,
        "__reduce_ex__": reduce,
        "passgap_node": lambda self: self.passgap_stand_in.passgap_node(),
        "passgap_number": property(lambda self: self.passgap_stand_in.passgap_number),
    }
    return type(f"Extended{base.__name__.capitalize()}", (base,), names)


EXTENDED: dict[type, Callable[[Any], Any]] = {
    base: _extending(base) for base in (int, float, complex, str, bytes, tuple, frozenset)
}


class RemoteIterator:
    """Walks an iterator that stays in the jail."""

    def __init__(self, target: Any) -> None:
        self._target = target

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        return next(self._target)


def as_kind(kind: type[T], value: Any) -> T:
    """Return ``value`` where it is exactly a ``kind``, as Python asks of these methods."""
    if type(value) is not kind:
        raise TypeError(f"expected {kind.__name__}, got {type(value).__name__}")
    return value


def _between_own_objects(operation: str) -> Any:
    def method(self: Remote, other: object) -> Any:
        if type(other) is Remote:
            return self._session.ask(operation, self, other)
        return NotImplemented if self._base is None else getattr(operator, operation)(plain(self), other)

    return method


for _operation in COMPARISONS:
    setattr(Remote, f"__{_operation}__", _between_own_objects(_operation))
