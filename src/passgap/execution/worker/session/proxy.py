"""The proxy for an object that stays in the jail.

It lets tests use what a program returned (attributes, methods, items, iteration) without ever letting the program see
what it is compared with: whether a proxy equals a plain value is never asked in the jail. It does not; between two
of the program's own objects the program decides. Arithmetic with, order among and membership of plain values are asked
only of objects that tests made themselves, of a class with a capitalised name: there these operators are what is under
test. With any other, the program would be told what its answer is compared with.
"""

from __future__ import annotations

import builtins
import functools
import operator
import re
import types
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from .session import Session
from ..exchange.values import CHANGING, Malformed, NotHere

T = TypeVar("T")
KINDS: dict[str, type] = {
    "generator": types.GeneratorType,
    "coroutine": types.CoroutineType,
    "async_generator": types.AsyncGeneratorType,
    "function": types.FunctionType,
    "method": types.MethodType,
    "builtin_function_or_method": types.BuiltinFunctionType,
    "map": map,
    "filter": filter,
    "zip": zip,
    "enumerate": enumerate,
    "reversed": reversed,
    "Match": re.Match,
    "Pattern": re.Pattern,
    "dict_keys": type({}.keys()),
    "dict_values": type({}.values()),
    "dict_items": type({}.items()),
    "type": type,
    **{name: kind for name, kind in vars(builtins).items() if isinstance(kind, type) and issubclass(kind, Exception)},
}
"""Types of which a proxy may say that it is one, by what the program calls them."""
CLASSES_KEPT = 1000
NAMES_ASKED_FOR = frozenset(
    f"__{name}__"
    for name in (
        *("name", "qualname", "doc", "dict", "wrapped", "annotations", "module", "mro", "bases", "defaults"),
        *("kwdefaults", "code", "self", "func", "members", "match_args", "dataclass_fields", "cause", "context"),
    )
)
"""Special names that tests may read of a program's object; others are looked for by Python's own machinery."""


class Proxy:
    """A value that only the program's process holds.

    Where its class extends a type like ``list``, tests take it for one of those, and what it is compared with is
    compared outside with the list that it holds at that time. What else it can do depends on its class; see
    :func:`make_proxy`.
    """

    __slots__ = ("__weakref__", "_base", "_kind", "_number", "_session", "_under_test")

    @property  # type: ignore[misc]
    def __class__(self) -> type:
        return self._kind or self._base or type(self)

    def passgap_node(self) -> list[Any]:
        return ["h", self._number]

    @property
    def passgap_number(self) -> int:
        number: int = self._number
        return number

    def _ask(self, operation: str, *operands: Any) -> Any:
        return self._session.ask(operation, self, *operands)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name not in NAMES_ASKED_FOR:
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
        return asked is not None and as_kind(bool, self._session.ask("isinstance", asked, self))

    def __subclasscheck__(self, subclass: object) -> bool:
        return is_proxy(subclass) and as_kind(bool, self._session.ask("issubclass", subclass, self))


def is_proxy(value: object) -> bool:
    """Whether a value is a proxy."""
    return issubclass(type(value), Proxy)


def make_proxy(session: Session, number: int, description: list[Any]) -> Any:
    """Make a proxy; for a coroutine, one of the tests' own that waits for it.

    Args:
        session: of the program.
        number: of the object.
        description: the name of its type, that of the plain type which it extends, if any, and what it can do.

    Raises:
        Malformed: it can do what no object can.
    """
    name, base, abilities = description
    if not all(type(ability) is str and ability in ABILITIES for ability in abilities):
        raise Malformed("an object that can do what none can")
    proxy: Any = object.__new__(_class_of(name, frozenset(abilities)))
    for slot, value in (
        ("_session", session),
        ("_number", number),
        ("_base", CHANGING[base] if base else None),
        ("_kind", KINDS.get(name)),
        ("_under_test", False),
    ):
        object.__setattr__(proxy, slot, value)
    return _awaited(proxy) if name == "coroutine" else proxy


@functools.lru_cache(CLASSES_KEPT)
def _class_of(name: str, abilities: frozenset[str]) -> type[Proxy]:
    names = {f"__{ability}__": ABILITIES[ability] for ability in abilities}
    if "unhashable" in abilities:
        names["__hash__"] = names.pop("__unhashable__")
    names |= {"__slots__": (), "__new__": _new, "__doc__": _told("__doc__"), "__module__": _told("__module__")}
    return type(name.replace("\0", ""), (Proxy,), names)


def _told(name: str) -> property:
    """A special attribute that a class of ours would have itself, and the program is asked for."""
    return property(lambda self: self._ask("getattr", name))


def _new(kind: type, *args: Any) -> Any:
    """Called where a class of the tests extends one of the program's: it is made in the jail, of lent functions."""
    if len(args) != 3 or type(args[1]) is not tuple:
        raise TypeError("proxies are made by the session only")
    name, bases, names = args
    cell = names.pop("__classcell__", None)
    session = next(base._session for base in bases if is_proxy(base))
    made = session.ask(
        "subclass", name, list(bases), {key: value for key, value in names.items() if key != "__module__"}
    )
    if cell is not None:
        cell.cell_contents = made
    return made


def plain(value: Any) -> Any:
    """Return what a proxy for an extended list, dict or set holds at present; anything else as it is."""
    if not is_proxy(value) or value._base is None:
        return value
    return as_kind(value._base, value._session.ask("exact", value))


def extended(proxy: Any, value: Any) -> Any:
    """Return a plain value that cannot change, with the names that its class in the jail adds to those of its type.

    Raises:
        Malformed: it is no such value.
    """
    if type(value) not in EXTENDABLE:
        raise Malformed("a value that cannot be extended")
    texts = [name for name in ("__repr__", "__str__", "__format__") if vars(type(proxy)).get(name) is not None]
    base: Any = type(value)
    result = _extending(base, tuple(texts))(value)
    result.passgap_proxy = proxy
    return result


@functools.cache
def _extending(base: type, texts: tuple[str, ...]) -> Callable[[Any], Any]:
    def get(self: Any, name: str) -> Any:
        return getattr(self.__dict__["passgap_proxy"], name)

    def reduce(self: Any, protocol: int) -> Any:
        return base, (base(self),)

    def text(name: str) -> Any:
        return lambda self, *operands: getattr(self.__dict__["passgap_proxy"], name)(*operands)

    names = {
        **{name: text(name) for name in texts},
        "__getattr__": get,
        "__reduce_ex__": reduce,
        "passgap_node": lambda self: self.passgap_proxy.passgap_node(),
        "passgap_number": property(lambda self: self.passgap_proxy.passgap_number),
    }
    return type(f"Extended{base.__name__.capitalize()}", (base,), names)


EXTENDABLE = (int, float, complex, str, bytes, tuple, frozenset)


def type_of(value: Any) -> Any:
    """The type of a value as a program's own code would see it: a proxy's is a class of the program."""
    proxy = value if is_proxy(value) else getattr(value, "__dict__", {}).get("passgap_proxy")
    return type(value) if proxy is None else proxy._ask("type")


def _iterator(own: Proxy, target: Any) -> Any:
    """An iterator of the program's; what is none is an error, as it is to Python."""
    if target is own or hasattr(type(target), "__next__"):
        return target
    return ProxyIterator(target)


class Above:
    """Stands for ``super()`` in a class of the tests that extends one of the program's."""

    __slots__ = ("_proxy",)

    def __init__(self, proxy: Proxy) -> None:
        self._proxy = proxy

    def __getattribute__(self, name: str) -> Any:
        return object.__getattribute__(self, "_proxy")._ask("getattr", name)


def above(kind: Any, instance: Any) -> Any:
    """Do what ``super(kind, instance)`` does, also where the class was made in the jail."""
    return Above(kind._session.ask("super", kind, instance)) if is_proxy(kind) else super(kind, instance)


class ProxyIterator:
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


def _asking(operation: str, kind: type | None = None) -> Any:
    def method(self: Proxy, *operands: Any) -> Any:
        value = self._ask(operation, *operands)
        return value if kind is None else as_kind(kind, value)

    return method


def _binary(operation: str, reflected: bool = False) -> Any:
    """An operator that the program is asked for where it may see both sides."""

    def method(self: Proxy, other: Any, *modulo: Any) -> Any:
        if not is_proxy(other) and not self._under_test:
            if self._base is None:
                return NotImplemented
            operands = (other, plain(self)) if reflected else (plain(self), other, *modulo)
            function = OF_PLAIN[operation] if operation in OF_PLAIN else getattr(operator, f"__{operation}__")
            return function(*operands)
        operands = (other, self) if reflected else (self, other, *modulo)
        return under_test(self._session.ask(operation, *operands), self)

    return method


def _in_place(operation: str) -> Any:
    def method(self: Proxy, other: Any) -> Any:
        return under_test(self._ask(operation, other), self)

    return method


def _unary(operation: str) -> Any:
    def method(self: Proxy, *operands: Any) -> Any:
        return under_test(self._ask(operation, *operands), self)

    return method


def under_test(value: Any, like: Proxy) -> Any:
    """Let what an operator of an object under test returned be under test as well."""
    if is_proxy(value) and like._under_test:
        object.__setattr__(value, "_under_test", True)
    return value


def _call(self: Proxy, *args: Any, **keywords: Any) -> Any:
    value = self._session.call(self, list(args), keywords)
    if is_proxy(value) and self._session.is_capitalised(self):
        object.__setattr__(value, "_under_test", True)
    return value


def _contains(self: Proxy, item: Any) -> bool:
    if self._under_test or is_proxy(item):
        return as_kind(bool, self._ask("contains", item))
    return any(other == item or other is item for other in self)  # type: ignore[attr-defined]


async def _awaited(proxy: Proxy) -> Any:
    return proxy._ask("await")


async def _next_of(proxy: Proxy) -> Any:
    return proxy._ask("anext")


def _await(self: Proxy) -> Any:
    return _awaited(self).__await__()


ARITHMETIC = (
    "add",
    "sub",
    "mul",
    "truediv",
    "floordiv",
    "mod",
    "pow",
    "matmul",
    "and",
    "or",
    "xor",
    "lshift",
    "rshift",
)
OF_PLAIN: dict[str, Any] = {"pow": pow, "divmod": divmod}
"""Operators of plain values that take more than two operands, or that :mod:`operator` does not have."""
ABILITIES: dict[str, Any] = {
    "call": _call,
    "iter": lambda self: _iterator(self, self._ask("iter")),
    "next": _asking("next"),
    "len": _asking("len", int),
    "getitem": _asking("getitem"),
    "setitem": _asking("setitem"),
    "delitem": _asking("delitem"),
    "contains": _contains,
    "reversed": lambda self: ProxyIterator(self._ask("reversed")),
    "bool": _asking("bool", bool),
    "bytes": _asking("bytes", bytes),
    "int": _asking("int", int),
    "float": _asking("float", float),
    "index": _asking("index", int),
    "complex": _asking("complex", complex),
    "hash": _asking("hash", int),
    "abs": _unary("abs"),
    "neg": _unary("neg"),
    "pos": _unary("pos"),
    "invert": _unary("invert"),
    "round": _unary("round"),
    "floor": _unary("floor"),
    "ceil": _unary("ceil"),
    "trunc": _unary("trunc"),
    "fspath": _asking("fspath"),
    "divmod": _binary("divmod"),
    "rdivmod": _binary("divmod", reflected=True),
    "enter": _asking("enter"),
    "exit": lambda self, kind, error, trace: self._session.leave(self, error),
    "await": _await,
    "aiter": lambda self: self._ask("aiter"),
    "anext": _next_of,
    "unhashable": None,
    "repr": Proxy.__repr__,
    "str": Proxy.__str__,
    "format": Proxy.__format__,
    **{name: _binary(name) for name in ("lt", "le", "gt", "ge", *ARITHMETIC)},
    **{f"r{name}": _binary(name, reflected=True) for name in ARITHMETIC},
    **{f"i{name}": _in_place(f"i{name}") for name in ARITHMETIC},
}
"""Operations that an object may support, by the special method that its class defines, without underscores."""
