"""Inside a sample's process: answers to the judge's questions about the program's objects.

Nothing here is trusted by anyone. The judge knows what it asked and what it expected; this side knows the questions
only. Whatever a program does to this code, it can do no more than answer, and an answer is a plain value.
"""

from __future__ import annotations

import builtins
import operator
import os
import time
from collections.abc import Callable, Iterator
from typing import Any

from .values import CHANGING, EXACT, Decoder, Encoder, Malformed, TooDeep
from .wire import CHUNK, from_json, pack

SHARED_SECONDS = 0.001
MESSAGE_LENGTH = 300
LARGE_CHUNK = 1 << 20
MISSING: Any = object()
METHODS_OWNER = "Solution"
"""The class in which a method is looked for that is named without one."""


def _set_item(target: Any, key: Any, value: Any) -> None:
    target[key] = value


def _call(function: Callable[..., Any], args: list[Any], keywords: dict[str, Any]) -> Any:
    return function(*args, **keywords)


def _exact(value: Any) -> Any:
    """The base value of an object whose class extends a plain type."""
    return next(exact(value) for base, exact in EXACT if base in type(value).__mro__)


OPERATIONS: dict[str, Callable[..., Any]] = {
    "exact": _exact,
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
    "pow": operator.pow,
    "matmul": operator.matmul,
    "and": operator.and_,
    "or": operator.or_,
    "xor": operator.xor,
    "contains": operator.contains,
}


class Service:
    """Answers questions over one descriptor about one program's objects."""

    def __init__(self) -> None:
        self._objects: list[object] = []
        self._numbers: dict[int, int] = {}
        self._encoder = Encoder(self._opaque, self._extended)
        self._decoder = Decoder(self._resolve)
        self.namespace: dict[str, Any] = {}
        self._own_operations: dict[str, Callable[..., Any]] = {
            "name": self._read_name,
            "bind": self._bind_name,
            "unbind": self._delete_name,
        }

    def connect(self, channel: int) -> None:
        """Answer on ``channel`` from now on, in this process only."""
        self._channel = channel
        self._rest = b""
        self.owner = os.getpid()

    def read(self) -> bytes | None:
        """Return the next frame, or None where the judge hung up."""
        data = self._rest or os.read(self._channel, CHUNK)
        size = 4 + int.from_bytes(data[:4], "big")
        if len(data) < size or len(data) < 4:
            return self._read_long(data)
        self._rest = data[size:]
        return data[4:size]

    def _read_long(self, start: bytes) -> bytes | None:
        """Return the next frame where it takes more than one read."""
        data = bytearray(start)
        while len(data) < 4 or len(data) < (size := 4 + int.from_bytes(data[:4], "big")):
            chunk = os.read(self._channel, LARGE_CHUNK)
            if not chunk:
                return None
            data += chunk
        self._rest = bytes(data[size:])
        return bytes(data[4:size])

    def send(self, *messages: Any) -> None:
        """Send one frame for each message, in one go."""
        data = b"".join(map(pack, messages))
        sent = os.write(self._channel, data)
        while sent < len(data):
            sent += os.write(self._channel, memoryview(data)[sent:])

    def forget(self) -> None:
        """Let go of the program and of every object that an answer left here."""
        self.namespace = {}
        self._objects.clear()
        self._numbers.clear()

    def load_report(self, error: BaseException | None, names: list[str]) -> Any:
        """Say whether the program ran through, and what it calls by the names that the tests use."""
        if error is not None:
            return self._failure(error)
        found = {name: self._look_up(name) for name in names}
        return ["ok", {name: self._safe_encode(value) for name, value in found.items() if value is not MISSING}]

    def _look_up(self, name: str) -> Any:
        """What the program calls by a name, which may be that of a method; :data:`MISSING` where it is nothing.

        A method is looked for in the class that it names, else in ``Solution``; a fresh instance is made for each call.
        """
        if name in self.namespace:
            return self.namespace[name]
        owner, _, method = name.replace("()", "").rpartition(".")
        kind = self.namespace.get(owner or METHODS_OWNER)
        if not isinstance(kind, type) or not hasattr(kind, method):
            return MISSING

        def on_fresh_instance(*args: Any, **keywords: Any) -> Any:
            return getattr(kind(), method)(*args, **keywords)

        return on_fresh_instance

    def _bind_name(self, name: str, value: Any) -> None:
        self.namespace[name] = value

    def _read_name(self, name: str) -> Any:
        try:
            return self.namespace[name]
        except KeyError:
            raise AttributeError(f"module 'solution' has no attribute {name!r}") from None

    def _delete_name(self, name: str) -> None:
        self._read_name(name)
        del self.namespace[name]

    def answer_batch(self, report: Any, calls: list[list[Any]]) -> None:
        """Send ``report``, and then the answers to calls, made in turn, several to a frame.

        Frames leave after the first, second, fourth, eighth call and so on, and before an answer that took more than a
        millisecond: a call that hangs takes few of those before it along, and the judge is not woken for each.
        """
        frames, answers, sent = [report], list[Any](), time.monotonic()
        for number, call in enumerate(calls, start=1):
            answer = self._answer_call(*call)
            if answers and time.monotonic() - sent > SHARED_SECONDS:
                self.send(*frames, answers)
                frames, answers, sent = [], [], time.monotonic()
            answers.append(answer)
            if not number & (number - 1):
                self.send(*frames, answers)
                frames, answers, sent = [], [], time.monotonic()
        if answers:
            frames.append(answers)
        if frames:
            self.send(*frames)

    def _answer_call(self, name: str, nodes: list[Any], keywords: dict[str, Any], copies: bool) -> Any:
        decode = self._decoder.decode
        try:
            function = self.namespace.get(name, MISSING)
            if function is MISSING and (function := self._look_up(name)) is MISSING:
                raise NameError(f"name {name!r} is not defined")
            args = [decode(node) for node in nodes]
            result = function(*args, **{key: decode(node) for key, node in keywords.items()})
            answer = ["ok", self._safe_encode(result)]
            if copies:
                answer.append([self._safe_encode(arg) for arg in args])
            return answer
        except BaseException as error:  # noqa: BLE001 - whatever a program raises is its answer
            return self._failure(error)

    def serve(self) -> None:
        """Answer questions one by one until the judge hangs up."""
        while self.owner == os.getpid() and self.answer():
            pass

    def answer(self) -> bool:
        """Answer one question; False where the judge hung up."""
        body = self.read()
        if body is not None:
            self.send(self._answer(from_json(body)))
        return body is not None

    def _answer(self, question: list[Any]) -> Any:
        operation, nodes, copies = question
        try:
            operands = [self._decoder.decode(node) for node in nodes]
            result = (OPERATIONS.get(operation) or self._own_operations[operation])(*operands)
            answer = ["ok", self._safe_encode(result)]
            if copies:
                answer.append([self._safe_encode(operand) for operand in operands[1]])
            return answer
        except BaseException as error:  # noqa: BLE001 - whatever a program raises is its answer
            return self._failure(error)

    def _failure(self, error: BaseException) -> Any:
        kind = type(error)
        name = type.__dict__["__name__"].__get__(kind)
        bases = [base.__name__ for base in kind.__mro__ if base.__module__ == "builtins"]
        try:
            text = str(error)[:MESSAGE_LENGTH]
        except BaseException:  # noqa: BLE001 - a program's own __str__
            text = ""
        return ["err", name, bases, str.__str__(text), None if kind.__module__ == "builtins" else self._number(kind)]

    def _safe_encode(self, value: object) -> Any:
        try:
            return self._encoder.encode(value)
        except (TooDeep, RecursionError):
            return self._opaque(value)

    def _opaque(self, value: object) -> Any:
        kind = type(value)
        if kind is Callback:
            return ["k", value.number]  # type: ignore[attr-defined]
        if kind is JudgeObject:
            return ["o", object.__getattribute__(value, "_number")]
        if type in kind.__mro__:
            name = type.__dict__["__name__"].__get__(value)
            if getattr(builtins, name, None) is value:
                return ["g", name]
            mro = type.__dict__["__mro__"].__get__(value)
            if BaseException in mro:
                bases = [base.__name__ for base in mro if base.__module__ == "builtins"]
                return ["x", self._number(value), name, bases]
        return ["h", self._number(value), type.__dict__["__name__"].__get__(kind)]

    def _extended(self, value: Any, base: type, exact: Callable[[Any], Any]) -> Any:
        if base in CHANGING.values():
            return ["h", self._number(value), type.__dict__["__name__"].__get__(type(value)), base.__name__]
        return ["S", self._number(value), self._encoder.encode(exact(value))]

    def _number(self, value: object) -> int:
        known = self._numbers.get(id(value))
        if known is not None:
            return known
        self._objects.append(value)
        self._numbers[id(value)] = len(self._objects) - 1
        return len(self._objects) - 1

    def _resolve(self, node: list[Any]) -> Any:
        tag = node[0]
        if tag == "h":
            return self._objects[node[1]]
        if tag == "g":
            return getattr(builtins, node[1])
        if tag == "k":
            return Callback(self, node[1])
        if tag == "o":
            return JudgeObject(self, node[1])
        if tag == "I":
            return iter([self._decoder.decode(item) for item in node[1:]])
        if tag == "N":
            return self.namespace[node[1]]
        raise Malformed(tag)

    def ask(self, question: list[Any]) -> Any:
        """Ask the judge to use one of its own objects, while it waits for our answer."""
        self.send(["ask", *question])
        while True:
            body = self.read()
            if body is None:
                os._exit(1)
            message = from_json(body)
            if message[0] == "ok":
                return self._decoder.decode(message[1])
            if message[0] == "err":
                raise getattr(builtins, message[1], Exception)(message[2])
            self.send(self._answer(message))

    def encode_all(self, values: tuple[Any, ...]) -> list[Any]:
        return [self._safe_encode(value) for value in values]


class Callback:
    """A function of the tests, given to the program as an argument: calling it asks the judge."""

    def __init__(self, service: Service, number: int) -> None:
        self._service = service
        self.number = number

    def __call__(self, *args: Any) -> Any:
        return self._service.ask(["call", self.number, self._service.encode_all(args)])


class JudgeObject:
    """An object of the tests, given to the program: public attributes only, each one asked for."""

    def __init__(self, service: Service, number: int) -> None:
        object.__setattr__(self, "_service", service)
        object.__setattr__(self, "_number", number)

    def __getattr__(self, name: str) -> Any:
        return self._service.ask(["getattr", self._number, [name]])

    def __setattr__(self, name: str, value: Any) -> None:
        self._service.ask(["setattr", self._number, [name, *self._service.encode_all((value,))]])

    def __iter__(self) -> Iterator[Any]:
        return iter(self._service.ask(["list", self._number, []]))

    def __len__(self) -> int:
        return int(self._service.ask(["len", self._number, []]))

    def __eq__(self, other: object) -> bool:
        return type(other) is JudgeObject and other._number == self._number

    def __hash__(self) -> int:
        return hash(self._number)
