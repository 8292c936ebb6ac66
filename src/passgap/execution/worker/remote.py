"""The stand-in for an object that stays in the jail.

It lets tests use what a program returned (attributes, methods, items, iteration) without ever letting the program see
what it is compared with: a comparison or an arithmetic operation between a stand-in and a plain value is never asked
in the jail. It is unequal, or a TypeError; between two of the program's own objects the program decides.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeVar

from .session import Session

T = TypeVar("T")
COMPARISONS = ("lt", "le", "gt", "ge", "add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul")


class Remote:
    """A value that only the program's process holds."""

    __slots__ = ("_name", "_number", "_session")

    def __init__(self, session: Session, number: int, name: str) -> None:
        object.__setattr__(self, "_session", session)
        object.__setattr__(self, "_number", number)
        object.__setattr__(self, "_name", name)

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
        return type(other) is Remote and bool(self._ask("eq", other))

    def __ne__(self, other: object) -> bool:
        return type(other) is not Remote or bool(self._ask("ne", other))

    def __instancecheck__(self, instance: object) -> bool:
        return type(instance) is Remote and as_kind(bool, self._session.ask("isinstance", instance, self))

    def __subclasscheck__(self, subclass: object) -> bool:
        return type(subclass) is Remote and as_kind(bool, self._session.ask("issubclass", subclass, self))


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
        if type(other) is not Remote:
            return NotImplemented
        return self._session.ask(operation, self, other)

    return method


for _operation in COMPARISONS:
    setattr(Remote, f"__{_operation}__", _between_own_objects(_operation))
