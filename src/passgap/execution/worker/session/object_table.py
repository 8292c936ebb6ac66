"""The table of the tests' objects that one program may use: each has a number there, and none is ever sent."""

from __future__ import annotations

import inspect
import random
import re
import threading
from _queue import SimpleQueue
from array import array
from collections.abc import Callable, Hashable
from dataclasses import fields, is_dataclass
from enum import EnumMeta
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Any

from ..exchange.shared_loop import SharedLoop
from ..inside.operations import AWAITABLES
from ..stops import BadAnswer
from .object_use import FUNCTIONS, STREAMS, offered, use
from .tests_classes import is_of_tests

TEXT_LENGTH = 300
Request = tuple[str, Any, list[Any], dict[str, Any]]
"""An operation, what it is performed on, its operands, and keyword arguments."""
Performed = tuple[Any, Any, BaseException | None]
SYNCHRONISED = (type(threading.Lock()), type(threading.RLock()), SimpleQueue, random.Random, re.Pattern, re.Match)
"""Types of objects of the tests, with built-in methods, that a program may use as its own."""
OF_LOOP = {
    "loop_turn": "turn",
    "loop_outcome": "outcome",
    "loop_anext": "outcome",
    "loop_cancel": "cancel",
    "loop_close": "close",
}
"""Operations of a program on the tasks that run for it."""
OF_ARRAYS = frozenset({"append", "count", "extend", "index", "insert", "pop", "remove", "reverse", "tolist"})
"""Methods of an array of the tests that a program may call."""


class ObjectTable:
    """The objects of the tests that were exported to one program.

    Args:
        encode: returns the JSON of a value for the program.
        decode: returns the value of a node that the program sent.
        before_answer: called before any part of a message to the program is encoded.
        loop: runs what the program awaits.
    """

    def __init__(
        self,
        encode: Callable[[Any], Any],
        decode: Callable[[Any], Any],
        before_answer: Callable[[], None] = lambda: None,
        loop: SharedLoop | None = None,
    ) -> None:
        self._encode = encode
        self._before_answer = before_answer
        self._decode = decode
        self._loop = loop
        self._exported: list[Any] = []
        self._numbers: dict[Hashable, int] = {}
        self._source: Any = None
        """The object whose attribute is being sent, if any: only some of its attributes are exported."""

    def export(self, value: Any) -> Any:
        """Return the JSON for ``value``: its number, and what kind of object it is.

        Raises:
            TypeError: it may not be exported to a program.
        """
        if isinstance(value, ModuleType) or not self._may_reach(value):
            raise TypeError(f"a {type(value).__name__} of the tests may not be passed to a program")
        return self._export(value)

    def _export(self, value: Any) -> list[Any]:  # noqa: PLR0911 - one a kind of object
        group = identity(value)
        key = group if self._source is not None else id(value)
        number = self._numbers.get(key)
        if number is None:
            number = len(self._exported)
            self._exported.append(value)
            self._numbers[key] = number
        if isinstance(value, Exception):
            built_in, arguments, _ = self.about(value)
            if isinstance(value, ExceptionGroup):
                arguments = [value.message, value.exceptions]
            kind = self._export(type(value)) if type(value).__module__ != "builtins" else None
            return ["y", number, built_in, type(value).__name__, self._encode(tuple(arguments)), kind]
        if isinstance(value, type) and issubclass(value, Exception) and value.__module__ != "builtins":
            return ["E", number, value.__name__, [self._base(base) for base in value.__bases__ if is_exception(base)]]
        if isinstance(value, type) and is_of_tests(value):
            bases = [self._export(base) for base in value.__bases__ if is_of_tests(base)]
            names = [field.name for field in fields(value)] if is_dataclass(value) else None
            return ["K", number, value.__name__, offered(value), bases, names]
        if isinstance(value, EnumMeta):
            return ["o", number, value.__name__, ["call", "iter", "len", "getitem", "contains", "instancecheck"]]
        if isinstance(value, FUNCTIONS):
            if group != id(value):
                return ["k", number, *description(value), self._numbers.setdefault(group, number)]
            return ["k", number, *description(value)]
        kind = [self._export(type(value))] if is_of_tests(type(value)) else []
        return ["o", number, type(value).__name__, offered(type(value)), *kind]

    def _base(self, kind: type) -> Any:
        return ["g", kind.__name__] if kind.__module__ == "builtins" else self._encode(kind)

    def get(self, number: Any) -> Any:
        """Return the object with a number.

        Raises:
            LookupError: no object has it.
        """
        if type(number) is not int or not 0 <= number < len(self._exported):
            raise LookupError(number)
        return self._exported[number]

    def read(self, question: list[Any]) -> Request:
        """Decode a question.

        Raises:
            BadAnswer: it is not a question.
        """
        try:
            _, operation, number, nodes, words = question
            target = None if number is None and operation in OF_LOOP else self.get(number)
            operands = [self._decode(node) for node in nodes]
            keywords = {str(key): self._decode(node) for key, node in words.items()}
        except (ValueError, TypeError, LookupError, AttributeError) as error:
            raise BadAnswer("a malformed question") from error
        return operation, target, operands, keywords

    def perform(self, request: Request) -> Performed:
        """Do what a question asks for; return the object whose attribute was asked for, the value and the exception."""
        operation, target, operands, keywords = request
        try:
            value = self._use(operation, target, operands, keywords)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - the program asked for it, and gets it
            return None, None, error
        return (target if operation == "getattr" else None), value, None

    def reply(self, performed: Performed) -> list[Any]:
        """Return the message that answers a question."""
        source, value, raised = performed
        if raised is not None:
            return self._error(raised)
        self._before_answer()
        try:
            self._source = source
            return ["ok", self._encode(value)]
        except Exception as error:  # noqa: BLE001 - a value that no program may be given
            self._source = None
            return self._error(error)
        finally:
            self._source = None

    def _use(self, operation: str, target: Any, operands: list[Any], keywords: dict[str, Any]) -> Any:
        if self._loop is None or not (operation == "loop_start" or operation in OF_LOOP):
            return use(operation, target, operands, keywords)
        if operation == "loop_start":
            awaited, *rest = operands
            return self._loop.start(AWAITABLES[awaited](target, *rest))
        return getattr(self._loop, OF_LOOP[operation])(*operands)

    def _error(self, error: BaseException) -> list[Any]:
        name, arguments, _ = self.about(error)
        node = self._encode(error)
        return ["err", name, arguments, node]

    def about(self, error: BaseException) -> tuple[str, list[Any], BaseException]:
        """Return the nearest built-in class of an exception, its arguments if they are plain, and the exception."""
        kind = next(base for base in type(error).__mro__ if base.__module__ == "builtins")
        plain = all(type(arg) in (str, int, float, bool, type(None)) for arg in error.args)
        return kind.__name__, list(error.args) if plain else [str(error)[:TEXT_LENGTH]], error

    def _may_reach(self, value: Any) -> bool:
        """Whether an attribute of an exported object is exported too: a method, or an object of a related class."""
        if self._source is None:
            return True
        source: Any = self._source
        if type(value) is source and isinstance(type(value), EnumMeta):
            return True
        own_method = isinstance(value, MethodType) and value.__self__ is source
        if isinstance(value, BuiltinFunctionType):
            in_array = isinstance(source, array) and value.__name__ in OF_ARRAYS
            of_source = isinstance(source, SYNCHRONISED) and value.__self__ is source
            own_method = in_array or of_source or isinstance(source, STREAMS)
            of_value = type(source) if not isinstance(source, type) else source
            own_method |= value.__self__ is source and any(one.__module__ == "datetime" for one in of_value.__mro__)
        own_method |= isinstance(source, type) and isinstance(value, FunctionType)
        return own_method or type(value).__module__ == type(self._source).__module__ != "builtins"


def identity(value: Any) -> Hashable:
    """Return what tells an object from all others that are alive, as far as ``==`` can tell.

    Python makes a bound method anew whenever it is read. Those that the tests pass are different objects, then, and
    equal; those that a program reads again and again are one here.
    """
    if isinstance(value, MethodType):
        return id(value.__self__), id(value.__func__)
    if isinstance(value, BuiltinFunctionType) and not isinstance(value.__self__, ModuleType | type(None)):
        return id(value.__self__), value.__name__
    return id(value)


def is_exception(kind: type) -> bool:
    """Whether a class is one of exceptions."""
    return issubclass(kind, BaseException)


def description(function: Any) -> list[Any]:
    """Return [name, qualified name, documentation, parameters or None] of a callable.

    A parameter is [name, kind, whether it has a default].
    """
    names = [getattr(function, name, None) for name in ("__name__", "__qualname__", "__doc__")]
    texts = [name if type(name) is str else None for name in names]
    if not isinstance(function, FunctionType | MethodType):
        return [*texts[:2], None, None]
    parameters = inspect.signature(function).parameters.values()
    return [*texts, [[each.name, int(each.kind), each.default is not each.empty] for each in parameters]]
