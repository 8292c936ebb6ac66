"""The operations on objects of a sample's program that the judge may ask for, by name."""

from __future__ import annotations

import importlib
import operator
import os
import sys
import types
from collections.abc import Callable
from typing import Any

from ..exchange.value_types import EXACT

SET_LIKE: tuple[type, ...] = (type({}.keys()), type({}.items()))


def is_array(value: Any) -> bool:
    """Whether a value is an array of the module ``array``."""
    return type(value) is getattr(sys.modules.get("array"), "array", None)


def _set_item(target: Any, key: Any, value: Any) -> None:
    target[key] = value


def _call(function: Callable[..., Any], *args: Any, **keywords: Any) -> Any:
    return function(*args, **keywords)


def _exact(value: Any) -> Any:
    """Return the base value of an object whose class extends a plain type, or is like one."""
    if type(value) in SET_LIKE:
        return set(value)
    if is_array(value):
        return (value.typecode, value.tolist())
    return next(exact(value) for base, exact in EXACT if base in type(value).__mro__)


def run_to_end(coroutine: Any) -> Any:
    """Run a coroutine to its end."""
    import asyncio

    async def wait() -> Any:
        return await coroutine

    running = asyncio._get_running_loop()  # it waits for this, while the judge asks
    asyncio._set_running_loop(None)
    try:
        return asyncio.run(wait())
    finally:
        asyncio._set_running_loop(running)


AWAITABLES: dict[str, Callable[..., Any]] = {
    "await": lambda value: value,
    "anext": lambda value: type(value).__anext__(value),
    "aenter": lambda value: type(value).__aenter__(value),
    "aexit": lambda value, kind, error, trace: type(value).__aexit__(value, kind, error, trace),
}
"""The awaitables of operations on an object."""


def _seed(module: str, name: str, args: list[Any]) -> None:
    """Seed a generator that the program uses, if it does."""
    if module.partition(".")[0] in sys.modules:
        getattr(importlib.import_module(module), name)(*args)


def _copy(how: str) -> Callable[[Any], Any]:
    def copied(value: Any) -> Any:
        import copy

        return getattr(copy, how)(value)

    return copied


def _subclass(
    name: str, bases: list[type], names: dict[str, Any], descriptors: dict[str, list[Any]], keywords: dict[str, Any]
) -> type:
    """Make a class of the tests that extends one of the program's; its methods are proxies of the tests' functions."""
    body = {**names, **{each: descriptor(*parts) for each, parts in descriptors.items()}}
    return types.new_class(name, tuple(bases), keywords, lambda namespace: namespace.update(body))


def descriptor(kind: str, parts: Any) -> Any:
    """Return a descriptor of a class of the tests, made of its functions."""
    if kind == "field":
        import dataclasses

        return dataclasses.field(**parts)
    if kind == "cached_property":
        import functools

        return functools.cached_property(*parts)
    kinds: dict[str, Any] = {"property": property, "staticmethod": staticmethod, "classmethod": classmethod}
    return kinds[kind](*parts)


def _library(module: str, name: str, args: list[Any], named: dict[str, Any]) -> Any:
    """Call a function of a library; without an argument, on the program's module."""
    function = getattr(importlib.import_module(module), name)
    return function(*(args or [sys.modules["solution"]]), **named)


def _is_protocol(kind: Any) -> bool:
    """Whether a class is a protocol, which objects fit by what they have."""
    return bool(getattr(kind, "_is_protocol", False))


def _is_subclass(kind: Any, module: str, name: str) -> bool:
    """Whether a class extends one of the standard library, or is registered as one that does."""
    return issubclass(kind, getattr(importlib.import_module(module), name))


def _pickle(value: Any) -> bytes:
    import pickle

    return pickle.dumps(value)


def _unpickle(data: Any) -> Any:
    import pickle

    return pickle.loads(data)  # noqa: S301 - in the jail, where the data come from


OPERATIONS: dict[str, Callable[..., Any]] = {
    "exact": _exact,
    "library": _library,
    "pickle": _pickle,
    "unpickle": _unpickle,
    "call": _call,
    "getattr": getattr,
    "setattr": setattr,
    "delattr": delattr,
    "getitem": operator.getitem,
    "setitem": _set_item,
    "delitem": operator.delitem,
    "len": len,
    "iter": iter,
    "next": next,
    "bool": bool,
    "bytes": bytes,
    "str": str,
    "repr": repr,
    "int": int,
    "float": float,
    "abs": abs,
    "neg": operator.neg,
    "round": round,
    "hash": hash,
    "isinstance": isinstance,
    "issubclass": issubclass,
    "is_subclass": _is_subclass,
    "is_protocol": _is_protocol,
    "same": operator.is_,
    "eq": operator.eq,
    "ne": operator.ne,
    "lt": operator.lt,
    "le": operator.le,
    "gt": operator.gt,
    "ge": operator.ge,
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "truediv": operator.truediv,
    "floordiv": operator.floordiv,
    "mod": operator.mod,
    "pow": pow,
    "divmod": divmod,
    "floor": lambda value: type(value).__floor__(value),
    "ceil": lambda value: type(value).__ceil__(value),
    "trunc": lambda value: type(value).__trunc__(value),
    "fspath": os.fspath,
    "matmul": operator.matmul,
    "and": operator.and_,
    "or": operator.or_,
    "xor": operator.xor,
    "contains": operator.contains,
    "await": run_to_end,
    "aiter": lambda value: type(value).__aiter__(value),
    "anext": lambda value: run_to_end(type(value).__anext__(value)),
    "aenter": lambda value: run_to_end(type(value).__aenter__(value)),
    "complex": complex,
    "copy": _copy("copy"),
    "deepcopy": _copy("deepcopy"),
    "dir": dir,
    "enter": lambda value: type(value).__enter__(value),
    "format": format,
    "index": operator.index,
    "invert": operator.invert,
    "lshift": operator.lshift,
    "pos": operator.pos,
    "reversed": reversed,
    "rshift": operator.rshift,
    "seed": _seed,
    "subclass": _subclass,
    "super": super,
    "type": type,
    **{
        f"i{name}": getattr(operator, f"i{name}")
        for name in ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul", "and", "or", "xor")
    },
    "ilshift": operator.ilshift,
    "irshift": operator.irshift,
}
ABILITIES = (
    *("call", "iter", "next", "len", "getitem", "setitem", "delitem", "contains", "reversed", "bool", "int", "float"),
    *(
        "index",
        "bytes",
        "complex",
        "hash",
        "abs",
        "neg",
        "pos",
        "invert",
        "round",
        "enter",
        "exit",
        "await",
        "repr",
        "str",
        "format",
        "aiter",
        "anext",
        "aenter",
        "aexit",
        "floor",
        "ceil",
        "trunc",
        "fspath",
        "divmod",
        "rdivmod",
    ),
    *("lt", "le", "gt", "ge"),
    *(
        f"{prefix}{name}"
        for name in ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul", "and", "or", "xor")
        for prefix in ("", "r", "i")
    ),
    *("lshift", "rshift", "rlshift", "rrshift", "ilshift", "irshift"),
)
"""Special methods, without underscores, that tests may use of an object if its class defines them."""
