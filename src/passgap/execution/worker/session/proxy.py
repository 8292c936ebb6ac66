"""The proxy of an object that stays in the jail.

Tests use what a program returned (attributes, methods, items, iteration) through proxies, and the program never sees
what it is compared with. Whether a proxy equals a plain value is never asked in the jail: it does not. Between two of
the program's own objects the program decides. Arithmetic with, order among and membership of plain values are asked
only of objects that tests made themselves, from a class with a capitalised name: there these operators are what is
under test. With any other object, the program would be told what its answer is compared with.
"""

from __future__ import annotations

from array import array
from typing import Any, Protocol, TypeVar

from ..exchange.value_types import NotHere
from ..inside.operations import ABILITIES
from .tests_classes import is_of_tests

T = TypeVar("T")
NAMES_ASKED_FOR = frozenset(
    f"__{name}__"
    for name in (
        *("name", "qualname", "doc", "dict", "wrapped", "annotations", "module", "mro", "bases", "defaults"),
        *("kwdefaults", "code", "self", "func", "members", "match_args", "dataclass_fields", "cause", "context"),
        *("slots", "subclasses", "args", "origin", "closure", "abstractmethods", "notes", "objclass", "supertype"),
        *("total", "required_keys", "optional_keys", "orig_bases", "parameters", "constraints", "bound", "globals"),
    )
)
"""Special names that tests may read of a program's object; all others are looked up by Python's own machinery."""

OF_CLASSES = frozenset(f"__{name}__" for name in (*ABILITIES, "eq", "ne"))
"""Special methods that tests may read of a class, as in ``Vector.__add__(a, b)``."""


class Asker(Protocol):
    """The session of a program, as its proxies use it."""

    def ask(self, operation: str, *operands: Any) -> Any: ...

    def call(self, function: Any, args: list[Any], keywords: dict[str, Any]) -> Any: ...

    def class_of_tests(self, extended: list[Any]) -> type | None: ...

    def is_capitalised(self, function: Any) -> bool: ...

    def leave(self, manager: Any, error: BaseException | None) -> bool: ...

    async def leave_async(self, manager: Any, error: BaseException | None) -> bool: ...

    async def wait(self, operation: str, target: Any, *operands: Any) -> Any: ...


class Proxy:
    """A value that only the program's process holds.

    If its class extends a type like ``list``, tests take it for one of those, and comparisons are made outside, with
    the list that it holds at that time. What else it can do depends on its class; see
    :func:`.proxy_factory.make_proxy`.
    """

    __slots__ = ("__weakref__", "_base", "_kind", "_likeness", "_number", "_session", "_under_test")

    @property  # type: ignore[misc]
    def __class__(self) -> type:
        return self._kind or self._base or self._likeness or type(self)

    def passgap_node(self) -> list[Any]:
        return ["h", self._number]

    @property
    def passgap_number(self) -> int:
        number: int = self._number
        return number

    def _ask(self, operation: str, *operands: Any) -> Any:
        return self._session.ask(operation, self, *operands)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name not in NAMES_ASKED_FOR and not (self._kind is type and name in OF_CLASSES):
            raise AttributeError(name)
        return self._ask("getattr", name)

    def __setattr__(self, name: str, value: Any) -> None:
        self._ask("setattr", name, value)

    def __delattr__(self, name: str) -> None:
        self._ask("delattr", name)

    def __dir__(self) -> list[str]:
        return as_kind(list, self._ask("dir"))

    def __str__(self) -> str:
        return as_kind(str, self._ask("str"))

    def __repr__(self) -> str:
        return as_kind(str, self._ask("repr"))

    def __format__(self, specification: str) -> str:
        return as_kind(str, self._ask("format", specification))

    def __hash__(self) -> int:
        return hash((id(self._session), self._number))

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if is_proxy(other) and not (self._base and other._base):  # type: ignore[attr-defined]
            return bool(self._ask("eq", other))
        return self._base is not None and bool(plain(self) == plain(other))

    def __ne__(self, other: object) -> bool:
        if is_proxy(other) and not (self._base and other._base):  # type: ignore[attr-defined]
            return bool(self._ask("ne", other))
        return not self == other

    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
        if self._base is None:
            raise NotHere("an object of the program's cannot be copied outside it")
        return self._base, (plain(self),)

    def __copy__(self) -> Any:
        return self._base(plain(self)) if self._base else self._ask("copy")

    def __deepcopy__(self, memo: Any) -> Any:
        return self._base(plain(self)) if self._base else self._ask("deepcopy")

    def __instancecheck__(self, instance: object) -> bool:
        asked = instance if is_proxy(instance) else getattr(instance, "passgap_proxy", None)
        if asked is None and is_of_tests(type(instance)) and self._ask("is_protocol"):
            asked = instance
        return asked is not None and as_kind(bool, self._session.ask("isinstance", asked, self))

    def __subclasscheck__(self, subclass: object) -> bool:
        return is_proxy(subclass) and as_kind(bool, self._session.ask("issubclass", subclass, self))


def is_proxy(value: object) -> bool:
    """Whether a value is a proxy."""
    return issubclass(type(value), Proxy)


def plain(value: Any) -> Any:
    """Return the current value of a proxy of an extended list, dict or set; anything else as it is."""
    if not is_proxy(value) or value._base is None:
        return value
    exact = value._session.ask("exact", value)
    if value._base is array:
        exact = array(*as_kind(tuple, exact))
    return as_kind(value._base, exact)


def as_kind(kind: type[T], value: Any) -> T:
    """Return ``value`` if its type is exactly ``kind``, as Python demands of these methods."""
    if type(value) is not kind:
        raise TypeError(f"expected {kind.__name__}, got {type(value).__name__}")
    return value
