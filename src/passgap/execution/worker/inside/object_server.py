"""Inside a sample's process: answers to the judge's questions about the program's objects.

Nothing here is trusted by anyone. The judge knows what it asked and what it expected; this side knows the questions
only. Whatever a program does to this code, it can do no more than answer, and an answer is a plain value.
"""

from __future__ import annotations

import builtins
import os
import sys
import time
from collections.abc import Callable
from typing import Any

from ..exchange.heap import Heap
from .tests_proxies import FunctionProxy, TestsProxy, ClassProxy, object_proxy, class_proxy, exception_proxy, number_of
from .operations import ABILITIES, OPERATIONS, SET_LIKE, change_environment
from .streams import Streams
from ..exchange.decoder import Decoder
from ..exchange.encoder import Encoder
from ..exchange.value_types import CHANGING, Malformed, TooDeep
from ..exchange.frames import CHUNK, from_json, pack, to_json

SHARED_SECONDS = 0.001
MESSAGE_LENGTH = 2000
ARGUMENTS_LENGTH = 20_000
"""How long an exception's plain arguments may be as JSON; of longer ones tests get the text alone."""
CAUSES = 4
"""How many exceptions tests can follow from one to its cause."""
OF_BUILT_IN = ("filename", "filename2", "name", "path", "__notes__")
"""Attributes that built-in exceptions hold besides their arguments."""
LARGE_CHUNK = 1 << 20
MISSING: Any = object()
ON_FRESH_INSTANCE = "on_fresh_instance"
METHODS_OWNER = "Solution"
"""The class in which a method is looked for that is named without one."""


def _plain_node(value: Any) -> Any:
    """The node of a value that is plain and short; None of any other."""
    try:
        node = _PLAIN.encode(value)
        return node if len(to_json(node)) < ARGUMENTS_LENGTH else None
    except (TooDeep, RecursionError, LookupError):
        return None


def _refuse(value: object, *_: Any) -> Any:
    raise LookupError(type(value).__name__)


_PLAIN = Encoder(_refuse)


class ObjectServer:
    """Answers questions over one descriptor about one program's objects."""

    def __init__(self) -> None:
        self._objects: list[object] = []
        self._numbers: dict[int, int] = {}
        self._proxies: dict[int, Any] = {}
        self._released = 0
        self._told: dict[str, Any] = {}
        self._names: list[str] = []
        self._abilities: dict[type, list[str]] = {}
        self._encoder = Encoder(self._opaque, self._extended)
        """Writes answers to calls made ahead, which are copies."""
        self._decoder = Decoder(self._resolve)
        self._sharing = Encoder(self._opaque, self._extended)
        """Writes what is said in a conversation, where containers are shared."""
        self._heap = Heap(self._sharing, self._decoder, 1)
        self.namespace: dict[str, Any] = {}
        self._streams: Streams | None = None
        self._own_operations: dict[str, Callable[..., Any]] = {
            "name": self._read_name,
            "bind": self._bind_name,
            "unbind": self._delete_name,
            "eval": self._evaluate,
            "exec": self._execute,
            "exit": self._exit,
            "connect": self._connect_streams,
            "environment": change_environment,
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
        self._told.clear()
        self._proxies.clear()
        self._heap.clear()
        self._abilities.clear()

    def load_report(self, error: BaseException | None, names: list[str]) -> Any:
        """Say whether the program ran through, and what it calls by the names that the tests use."""
        self._names = names
        answer = ["ok", None] if error is None else self._failure(error)
        return [*answer, self._changes()]

    def _look_up(self, name: str) -> Any:
        """Return the program's object of a name, which may be that of a method; :data:`MISSING` where there is none.

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

    def share_streams(self) -> None:
        """Put the program's standard streams into what is said to the judge."""
        self._streams = Streams()
        self._streams.install()

    def _connect_streams(self, ask: Callable[..., str], next_line: Callable[[], str]) -> None:
        assert self._streams is not None
        self._streams.connect(ask, next_line)

    def _evaluate(self, source: Any, *scopes: Any) -> Any:
        return eval(source, {**self.namespace, **(scopes[0] if scopes else {})}, *scopes[1:])  # noqa: S307 - in the jail

    def _execute(self, source: Any, *scopes: Any) -> None:
        names = scopes[0] if scopes else self.namespace
        exec(source, names, *scopes[1:])  # noqa: S102 - in the jail
        if scopes:
            names.pop("__builtins__", None)

    def _bind_name(self, name: str, value: Any) -> None:
        self.namespace[name] = value

    def _rebound(self) -> dict[str, Any]:
        """Return, encoded, what the names that the tests use are bound to, where that is something else than before."""
        changed = {}
        for name in self._names:
            value = self.namespace.get(name, MISSING)
            if value is MISSING and name not in self._told:
                value = self._look_up(name)
            elif value is MISSING and getattr(self._told[name], "__name__", "") == ON_FRESH_INSTANCE:
                continue
            if value is not self._told.get(name, MISSING):
                changed[name] = ["N"] if value is MISSING else self._safe_encode(value, self._sharing)
                self._told[name] = value
        return changed

    def _changes(self) -> list[Any]:
        """Return the end of every message of a conversation: changes to containers, names bound anew, and what
        was printed where the tests look at that."""
        names = self._rebound()
        printed = None if self._streams is None else self._streams.printed()
        return [*self._heap.changes(), names, printed]

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
        try:
            answer = self._do(*question)
        except BaseException as error:  # noqa: BLE001 - whatever a program raises is its answer
            answer = self._failure(error)
        return [*answer, self._changes()]

    def _do(self, operation: str, nodes: list[Any], keywords: dict[str, Any], changes: list[Any]) -> Any:
        decode = self._decoder.decode
        *shared, released = changes
        for number in released:
            self._release(number)
        self._heap.apply(shared)
        operands = [decode(node) for node in nodes]
        words = {name: decode(node) for name, node in keywords.items()}
        result = (OPERATIONS.get(operation) or self._own_operations[operation])(*operands, **words)
        self._heap.prune()
        return ["ok", self._safe_encode(result, self._sharing)]

    def _failure(self, error: BaseException, depth: int = 0) -> Any:
        kind = type(error)
        if isinstance(proxy := getattr(error, "passgap_proxy", None), TestsProxy):
            return ["again", number_of(proxy)]
        bases = [base.__name__ for base in kind.__mro__ if base.__module__ == "builtins"]
        try:
            text = str.__str__(str(error))[:MESSAGE_LENGTH]
        except BaseException:  # noqa: BLE001 - a program's own __str__
            text = ""
        node = self._exception_class(kind)
        arguments = _plain_node(BaseException.args.__get__(error))  # type: ignore[attr-defined]
        nodes = arguments[1:] if arguments is not None else None
        number = self._number(error) if node[0] == "x" else None
        return ["err", node, bases, text, nodes, number, self._more_of(error, depth)]

    def _more_of(self, error: BaseException, depth: int) -> list[Any]:
        """Return an exception's attributes by name, its cause and context, and whether the context is left out."""
        state: dict[str, Any] = {}
        own = error.__dict__ if type(error).__module__ == "builtins" else {}
        names = [*OF_BUILT_IN, *(name for name in own if type(name) is str and name[:1] != "_")]
        for name in names:
            value = getattr(error, name, None)
            if value is not None and (node := _plain_node(value)) is not None:
                state[name] = node
        linked = [error.__cause__, error.__context__]
        below = [self._failure(one, depth + 1) if one is not None and depth < CAUSES else None for one in linked]
        return [state, *below, bool(error.__suppress_context__)]

    def _exception_class(self, kind: type) -> list[Any]:
        name = type.__dict__["__name__"].__get__(kind)
        if getattr(builtins, name, None) is kind:
            return ["g", name]
        bases = type.__dict__["__bases__"].__get__(kind)
        known = [base for base in bases if BaseException in type.__dict__["__mro__"].__get__(base)]
        node = ["x", self._number(kind), name, [self._exception_class(base) for base in known]]
        return [*node, module] if type(module := kind.__module__) is str and module in sys.modules else node

    def _safe_encode(self, value: object, encoder: Encoder | None = None) -> Any:
        try:
            return (encoder or self._encoder).encode(value)
        except (TooDeep, RecursionError):
            return self._opaque(value)

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
            name = type.__dict__["__name__"].__get__(value)
            if getattr(builtins, name, None) is value:
                return ["g", name]
            if BaseException in type.__dict__["__mro__"].__get__(value):
                return self._exception_class(value)  # type: ignore[arg-type]
        return self._described(value, kind, "set" if kind in SET_LIKE else None)

    def _described(self, value: object, kind: type, base: str | None) -> list[Any]:
        name = "type" if type in kind.__mro__ else type.__dict__["__name__"].__get__(kind)
        return ["h", self._number(value), name, base, self._abilities_of(kind)]

    def _abilities_of(self, kind: type) -> list[str]:
        """The special methods that a class defines."""
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
        if base in CHANGING.values():
            return self._described(value, type(value), base.__name__)
        return ["S", self._number(value), self._encoder.encode(exact(value)), self._abilities_of(type(value))]

    def _number(self, value: object) -> int:
        known = self._numbers.get(id(value))
        if known is not None:
            return known
        self._objects.append(value)
        self._numbers[id(value)] = len(self._objects) - 1
        return len(self._objects) - 1

    def _release(self, number: int) -> None:
        """Let go of an object that no test refers to any more."""
        self._numbers.pop(id(self._objects[number]), None)
        self._objects[number] = MISSING

    def _resolve(self, node: list[Any]) -> Any:  # noqa: PLR0911 - one a tag
        tag = node[0]
        if tag == "h":
            return self._objects[node[1]]
        if tag == "@":
            return self._heap.get(node[1])
        if tag == "g" and node[1] == "NoneType":
            return type(None)
        if tag == "K":
            if node[1] not in self._proxies:
                bases = [self._resolve(base) for base in node[4]]
                self._proxies[node[1]] = class_proxy(self, node[1], node[2], node[3], bases)
            return self._proxies[node[1]]
        if tag == "g":
            return getattr(builtins, node[1])
        if tag == "y":
            if node[1] not in self._proxies:
                self._proxies[node[1]] = exception_proxy(self, node[1], node[2], node[3], self._decoder.decode(node[4]))
            return self._proxies[node[1]]
        if tag in ("k", "o"):
            if node[1] not in self._proxies:
                self._proxies[node[1]] = self._proxy_of(node)
            return self._proxies[node[1]]
        if tag == "N":
            return self.namespace[node[1]]
        raise Malformed(tag)

    def _proxy_of(self, node: list[Any]) -> Any:
        if node[0] == "k":
            return FunctionProxy(self, *node[1:])
        return object_proxy(self, *node[1:4], *map(self._resolve, node[4:]))

    def ask(self, operation: str, proxy: Any, operands: Any = (), keywords: dict[str, Any] | None = None) -> Any:
        """Ask the judge to use one of its own objects, while it waits for our answer."""
        self._heap.prune()
        nodes = [self._safe_encode(value, self._sharing) for value in operands]
        words = {name: self._safe_encode(value, self._sharing) for name, value in (keywords or {}).items()}
        self.send(["ask", operation, number_of(proxy), nodes, words, self._changes()])
        while True:
            body = self.read()
            if body is None:
                os._exit(1)
            message = from_json(body)
            if message[0] not in ("ok", "err"):
                self.send(self._answer(message))
                continue
            *shared, released = message.pop()
            for number in released:
                self._release(number)
            self._heap.apply(shared)
            if message[0] == "ok":
                return self._decoder.decode(message[1])
            raise self._error_of_tests(message[1], message[2], self._decoder.decode(message[3]))

    def _error_of_tests(self, name: str, arguments: list[Any], known: Any) -> BaseException:
        """The exception that a function of the tests raised: the program's own, or of the nearest built-in class."""
        return known if isinstance(known, BaseException) else getattr(builtins, name, Exception)(*arguments)

    def _exit(
        self, manager: Any, name: str | None = None, arguments: list[Any] | None = None, known: Any = None
    ) -> Any:
        if name is None:
            return type(manager).__exit__(manager, None, None, None)
        error = self._error_of_tests(name, arguments or [], known)
        return bool(type(manager).__exit__(manager, type(error), error, None))
