"""The operators and special methods of proxies; each is carried out in the jail, by the program's object."""

from __future__ import annotations

import inspect
import operator
from collections.abc import Iterator
from typing import Any

from .proxy import Proxy, as_kind, is_proxy, plain

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
"""Operators of plain values that take more than two operands, or that :mod:`operator` lacks."""


class ProxyIterator:
    """Walks an iterator that stays in the jail."""

    def __init__(self, target: Any) -> None:
        self._target = target

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        return next(self._target)


def _iterator(own: Proxy, target: Any) -> Any:
    """Return an iterator of the program; one that is not an iterator is an error, as in plain Python."""
    if target is own or hasattr(type(target), "__next__"):
        return target
    return ProxyIterator(target)


def _asking(operation: str, kind: type | None = None) -> Any:
    def method(self: Proxy, *operands: Any) -> Any:
        value = self._ask(operation, *operands)
        return value if kind is None else as_kind(kind, value)

    return method


def _binary(operation: str, reflected: bool = False) -> Any:
    """Return a binary operator, carried out in the jail if the program may see both operands."""

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
    """Mark the value of an operator of an object under test as under test as well."""
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


async def awaited(proxy: Proxy) -> Any:
    """Wait for a coroutine of the program."""
    return await proxy._session.wait("await", proxy)


def handed_back(value: Any) -> Proxy | None:
    """Return the program's coroutine for which ``value`` would wait; it is no coroutine of the tests any more."""
    if getattr(value, "cr_code", None) is not awaited.__code__ or value.cr_frame is None or value.cr_running:
        return None
    if inspect.getcoroutinestate(value) != inspect.CORO_CREATED:
        return None
    proxy: Proxy = value.cr_frame.f_locals["proxy"]
    value.close()
    return proxy


async def _next_of(proxy: Proxy) -> Any:
    return await proxy._session.wait("anext", proxy)


async def _enter(self: Proxy) -> Any:
    return await self._session.wait("aenter", self)


async def _exit(self: Proxy, kind: Any, error: BaseException | None, trace: Any) -> bool:
    return bool(await self._session.leave_async(self, error))


def _await(self: Proxy) -> Any:
    return awaited(self).__await__()


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
    "aenter": _enter,
    "aexit": _exit,
    "unhashable": None,
    "repr": Proxy.__repr__,
    "str": Proxy.__str__,
    "format": Proxy.__format__,
    **{name: _binary(name) for name in ("lt", "le", "gt", "ge", *ARITHMETIC)},
    **{f"r{name}": _binary(name, reflected=True) for name in ARITHMETIC},
    **{f"i{name}": _in_place(f"i{name}") for name in ARITHMETIC},
}
"""The abilities of objects: the special methods that their classes may define, without underscores."""
