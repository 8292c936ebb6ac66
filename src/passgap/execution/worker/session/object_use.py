"""The uses of an object of the tests that a program is allowed: calls, operators and public attributes."""

from __future__ import annotations

import contextlib
import copy
import errno
import io
import operator
import os
from collections.abc import Callable
from enum import EnumMeta
from types import BuiltinFunctionType, ClassMethodDescriptorType, FunctionType, MethodDescriptorType, MethodType
from typing import Any

from ..inside.operations import run_to_end
from .class_bodies import members_of
from .tests_classes import is_of_tests

ARITHMETIC = (
    *("add", "sub", "mul", "truediv", "floordiv", "mod", "matmul", "pow", "divmod"),
    *("and", "or", "xor", "lshift", "rshift"),
)


def _method(name: str) -> Callable[..., Any]:
    """Return a function that calls one special method alone.

    If it returns ``NotImplemented``, the program's interpreter asks the other operand, as in one process.
    """

    def call(target: Any, *operands: Any) -> Any:
        return getattr(type(target), f"__{name}__")(target, *operands)

    return call


OPERATIONS: dict[str, Callable[..., Any]] = {
    "next": next,
    "iter": iter,
    "len": len,
    "str": str,
    "repr": repr,
    "bool": bool,
    "int": int,
    "float": float,
    "hash": hash,
    "abs": abs,
    "neg": operator.neg,
    "pos": operator.pos,
    "invert": operator.invert,
    "round": round,
    "index": operator.index,
    "reversed": lambda value: iter(reversed(value)),
    **{name: _method(name) for name in ("eq", "lt", "le", "gt", "ge", *ARITHMETIC)},
    **{f"r{name}": _method(f"r{name}") for name in ARITHMETIC},
    **{f"i{name}": _method(f"i{name}") for name in ARITHMETIC if name != "divmod"},
    "getitem": operator.getitem,
    "setitem": operator.setitem,
    "delitem": operator.delitem,
    "contains": operator.contains,
    "await": run_to_end,
    "aiter": lambda value: type(value).__aiter__(value),
    "anext": lambda value: run_to_end(type(value).__anext__(value)),
    "aenter": lambda manager: run_to_end(type(manager).__aenter__(manager)),
    "aexit": lambda manager, kind, error, trace: bool(run_to_end(type(manager).__aexit__(manager, kind, error, trace))),
    "enter": lambda manager: type(manager).__enter__(manager),
    "exit": lambda manager, kind, error, trace: bool(type(manager).__exit__(manager, kind, error, trace)),
    "instancecheck": lambda kind, value: isinstance(value, kind),
}
"""Operations that a program may perform on an object of the tests, if the object's class defines them."""


FUNCTIONS = (FunctionType, MethodType, BuiltinFunctionType, MethodDescriptorType, type)
"""Types of callables of which a program may use nothing else."""


STREAMS = (io.StringIO, io.BytesIO, io.TextIOWrapper, io.BufferedReader, io.BufferedWriter, io.BufferedRandom)
"""Streams of the tests that a program may write to and read from."""
STREAM_LENGTH = 16 << 20
"""The most bytes or characters that such a stream may hold if a program writes to it."""


def check_room(stream: Any, operands: list[Any]) -> None:
    """Refuse an operation that would make a stream of the tests too long.

    Raises:
        OSError: it would.
    """
    lengths = [len(part) for value in operands for part in (value if type(value) is list else [value]) if _sized(part)]
    places = [value for value in operands if isinstance(value, int)]
    with contextlib.suppress(OSError):  # a file that is being iterated over does not tell its place
        lengths.append(stream.tell())
    if sum(lengths) > STREAM_LENGTH or any(place > STREAM_LENGTH for place in places):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _sized(value: Any) -> bool:
    return isinstance(value, str | bytes | bytearray)


def offered(kind: type) -> list[str]:
    """Return the operations that a class defines itself."""
    kinds = [one for one in kind.__mro__ if one is not object]
    return [name for name in (*OPERATIONS, "call") if any(f"__{name}__" in vars(one) for one in kinds)]


def use(  # noqa: PLR0911 - one a kind of operation
    operation: str, target: Any, operands: list[Any], keywords: dict[str, Any]
) -> Any:
    """Call a function of the tests, or use the public attributes and operators of one of their objects."""
    if operation == "call" and callable(target):
        if isinstance(target, BuiltinFunctionType) and isinstance(target.__self__, STREAMS):
            check_room(target.__self__, operands)
        return target(*operands, **keywords)
    if operation in ("getattr", "setattr", "delattr"):
        name = operands[0]
        if isinstance(target, FUNCTIONS) and not _is_attribute_of_function(target, operation, name):
            if operation == "getattr":
                raise AttributeError(str(name))
            raise TypeError("a function of the tests can only be called")
        if type(name) is not str or name.startswith("_"):
            raise AttributeError(str(name))
        if operation == "getattr":
            return getattr(target, name)
        if operation == "delattr":
            return delattr(target, name)
        if callable(getattr(type(target), name, None)):
            raise AttributeError(f"{name} is a method of an object of the tests, which they may rely on")
        return setattr(target, name, operands[1])
    if operation == "members" and isinstance(target, type) and is_of_tests(target):
        return members_of(target)
    if operation in ("copy", "deepcopy") and not isinstance(target, FUNCTIONS):
        return getattr(copy, operation)(target)
    if operation in OPERATIONS:
        return OPERATIONS[operation](target, *operands)
    raise TypeError("not offered")


def _is_attribute_of_function(target: Any, operation: str, name: Any) -> bool:
    """Whether a program may use an attribute of a function of the tests, as it may of one that it defines itself."""
    if isinstance(target, type):
        known = type(name) is str and (_is_constant(target, name) or _is_of_class(target, name))
        return operation == "getattr" and known
    return isinstance(target, FunctionType) and (operation == "setattr" or name in vars(target))


def _found(kind: type, name: str) -> Any:
    """Return an attribute of a class as its body has it; None if there is none."""
    return next((vars(one)[name] for one in kind.__mro__ if name in vars(one)), None)


def _is_of_class(kind: type, name: str) -> bool:
    """Whether an attribute of a class is a method that is called on the class."""
    return isinstance(_found(kind, name), classmethod | staticmethod | ClassMethodDescriptorType)


def _is_constant(kind: type, name: str) -> bool:
    """Whether an attribute of a class is a plain value, or a member of an enumeration."""
    if isinstance(kind, EnumMeta):
        return name in kind.__members__
    return type(_found(kind, name)) in (bool, int, float, str, tuple, list, dict)
