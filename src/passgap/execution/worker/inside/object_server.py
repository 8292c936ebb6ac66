"""Answers the judge's questions about the objects of a sample's program, in the program's own process.

Nothing here is trusted. The judge knows what it asked and what it expects; this side knows the questions only. Whatever
a program does to this code, it can do no more than answer, and an answer is a plain value.
"""

from __future__ import annotations

import builtins
import os
import time
from collections.abc import Callable
from os import getpid
from typing import Any

from ..exchange.frames import from_json
from ..exchange.heap import Heap
from ..exchange.shared_folder import SharedFolder
from ..exchange.shared_loop import SharedLoop
from ..exchange.value_decoder import Decoder
from ..exchange.value_types import Malformed, function_of
from .connection import Connection
from .failures import failure
from .namespace import Namespace
from .notices import Notices
from .operations import AWAITABLES, OPERATIONS, run_to_end
from .program_objects import MISSING, ProgramObjects
from .settings import change_environment, change_setting, fake_module, replace_attribute
from .streams import Streams
from .tests_exceptions import exception_class_proxy, exception_proxy
from .tests_proxies import FunctionProxy, MethodProxy, class_proxy, number_of, object_proxy
from .tests_values import extended_value, named_tuple_class
from .threads import Threads

SHARED_SECONDS = 0.001
BOUND = 6
"""The parts of the node of a function of the tests; that of a bound method has one more."""
NOT_IN_LOOP = frozenset({"await", "anext", "aenter", "aexit", "loop_turn", "loop_close"})
"""Operations that run a loop themselves."""


class ObjectServer:
    """Serves the objects of one program over one descriptor."""

    def __init__(self) -> None:
        self._objects = ProgramObjects()
        self._names = Namespace(self._objects)
        self._proxies: dict[int, Any] = {}
        """Proxies of the tests' objects by their number in the judge's table."""
        self._tuples: dict[int, Any] = {}
        """Named tuples like those of the tests, by the number of the class."""
        self._decoder = Decoder(self._resolve)
        self._heap = Heap(self._objects.sharing, self._decoder, 1)
        self._streams: Streams | None = None
        self._notices: Notices | None = None
        self._files: SharedFolder | None = None
        self._threads: Threads | None = None
        self._loop = SharedLoop(lambda operation, *operands: self.ask(f"loop_{operation}", None, operands))
        self._in_loop = False
        """Whether the tests' event loop is running, so that the program finds a running one as well."""
        self._own_operations: dict[str, Callable[..., Any]] = {
            "name": self._names.read,
            "bind": self._names.bind,
            "unbind": self._names.delete,
            "eval": self._names.evaluate,
            "exec": self._names.execute,
            "exit": self._exit,
            "aexit": self._exit_async,
            "connect": self._connect,
            "environment": self._change_environment,
            "loop_start": self._start,
            "loop_turn": self._loop.turn,
            "loop_outcome": self._loop.outcome,
            "loop_anext": self._loop.outcome,
            "loop_cancel": self._loop.cancel,
            "loop_close": self._loop.close,
            "loop_runs": self._set_in_loop,
            "poll": lambda: None,
            "set": change_setting,
            "replace": replace_attribute,
            "fake": fake_module,
        }

    def connect(self, descriptor: int) -> None:
        """Serve on ``descriptor`` from now on, in this process only."""
        self._connection = Connection(descriptor)
        self.read, self._send = self._connection.read, self._connection.send
        self.owner = getpid()

    def forget(self) -> None:
        """Drop all references to the program and to every object that an answer left here."""
        self._names.clear()
        self._objects.clear()
        self._proxies.clear()
        self._tuples.clear()
        self._heap.clear()

    def take(self, namespace: dict[str, Any]) -> None:
        """Serve a program's names from now on."""
        self._names.names = namespace

    def load_report(self, error: BaseException | None, names: list[str]) -> Any:
        """Report whether the program ran through, and the objects that it calls by the names that the tests use."""
        self._names.watched = names
        answer = ["ok", None] if error is None else failure(self._objects, error)
        return [*answer, self._changes()]

    def share_streams(self) -> None:
        """Let the program's standard streams travel with messages."""
        self._streams = Streams()
        self._streams.install()

    def find_methods(self, *, first: bool, on_one_instance: bool) -> None:
        """Say how a function is found that may be a method: before one of the same name, and called on one instance."""
        self._names.methods_first, self._names.one_instance = first, on_one_instance

    def notice(self, kinds: list[str]) -> None:
        """Tell the tests what the program does to its process; see :mod:`.notices`."""
        self._notices = Notices(kinds, self._objects)

    def share_files(self, folder: SharedFolder) -> None:
        """Let the files in a folder travel with messages."""
        self._files = folder

    def _connect(self, ask: Callable[..., str], next_line: Callable[[], str]) -> None:
        if self._streams is not None:
            self._streams.connect(ask, next_line)
        if self._notices is not None:
            self._notices.connect()

    def _change_environment(self, changed: dict[str, str | None]) -> None:
        change_environment(changed)
        if self._notices is not None:
            self._notices.known(changed)

    def _set_in_loop(self, runs: bool) -> None:
        self._in_loop = runs

    def _start(self, operation: str, target: Any, *operands: Any) -> Any:
        """Start a task that awaits an object of the program."""
        if operation == "aexit":
            operands = self._exit_arguments(*operands)
        return self._loop.start(AWAITABLES[operation](target, *operands))

    async def wait(self, operation: str, proxy: Any, operands: Any = ()) -> Any:
        """Await one of the tests' objects."""
        import asyncio

        if asyncio._get_running_loop() is None:
            return self.ask(operation, proxy, operands)
        outcome = "anext" if operation == "anext" else "outcome"
        return await self._loop.run(lambda: self.ask("loop_start", proxy, [operation, *operands]), outcome)

    def _changes(self) -> list[Any]:
        """Return the last part of every message of a conversation.

        It holds changes to containers, names that were bound anew, what was printed, notices, and changes of files; of
        the last three, what the tests look at.
        """
        names = self._names.rebound()
        printed = None if self._streams is None else self._streams.printed()
        notices = None if self._notices is None else self._notices.take()
        files = None if self._files is None else self._files.changes()
        return [*self._heap.changes(), names, printed, notices, files]

    def _apply(self, changes: list[Any]) -> None:
        """Make the changes that came with a message of the judge."""
        *shared, files, released = changes
        for number in released:
            self._objects.release(number)
        self._heap.apply(shared)
        if self._files is not None and files is not None:
            self._files.apply(files)

    def answer_batch(self, report: Any, calls: list[list[Any]]) -> None:
        """Send ``report``, and then the answers to calls, which are made in turn, several answers per frame.

        A frame is sent after the first, second, fourth, eighth call and so on, and before an answer that took more than
        a millisecond: a call that hangs holds back few earlier answers, and the judge is not woken for each one.
        """
        frames, answers, sent = [report], list[Any](), time.monotonic()
        for number, call in enumerate(calls, start=1):
            answer = self._answer_call(*call)
            if answers and time.monotonic() - sent > SHARED_SECONDS:
                self._send(*frames, answers)
                frames, answers, sent = [], [], time.monotonic()
            answers.append(answer)
            if not number & (number - 1):
                self._send(*frames, answers)
                frames, answers, sent = [], [], time.monotonic()
        if answers:
            frames.append(answers)
        if frames:
            self._send(*frames)

    def _answer_call(self, name: str, nodes: list[Any], keywords: dict[str, Any], copies: bool) -> Any:
        decode = self._decoder.decode
        try:
            function = MISSING if self._names.methods_first else self._names.names.get(name, MISSING)
            if function is MISSING and (function := self._names.look_up(name)) is MISSING:
                raise NameError(f"name {name!r} is not defined")
            args = [decode(node) for node in nodes]
            result = function(*args, **{key: decode(node) for key, node in keywords.items()})
            answer = ["ok", self._objects.encode(result, self._objects.copying)]
            if copies:
                answer.append([self._objects.encode(arg, self._objects.copying) for arg in args])
            return answer
        except BaseException as error:  # noqa: BLE001 - whatever a program raises is its answer
            return failure(self._objects, error)

    def serve(self, threads: bool = False) -> None:
        """Answer questions, one by one or several at once, until the judge hangs up."""
        if threads:
            self._threads = Threads(self._next_message, self._send_event, self._prepared, self._received)
            self._threads.serve()
            return
        while self.owner == getpid() and self.answer():
            pass

    def answer(self) -> bool:
        """Answer one question; return False if the judge hung up."""
        body = self.read()
        if body is not None:
            self._send(self._answer(from_json(body)))
        return body is not None

    def _answer(self, question: list[Any]) -> Any:
        try:
            answer = self._do(*question)
        except BaseException as error:  # noqa: BLE001 - whatever a program raises is its answer
            answer = failure(self._objects, error)
        return [*answer, self._changes()]

    def _next_message(self) -> Any:
        body = self.read()
        return None if body is None else from_json(body)

    def _send_event(self, kind: str, number: int, what: Any) -> None:
        """Send what one of several threads has to say."""
        if kind == "ask":
            message = self._question(*what)
        elif kind == "answer":
            done, value = what
            try:
                message = ["answer", number, *(self._ok(value) if done else failure(self._objects, value))]
            except BaseException as error:  # noqa: BLE001 - as in _answer
                message = ["answer", number, *failure(self._objects, error)]
        else:
            message = [kind]
        if kind == "ask":
            message = ["ask", number, *message]
        self._send([*message, self._changes()])

    def _prepared(self, question: list[Any]) -> Callable[[], Any]:
        operation, nodes, keywords, changes = question
        self._apply(changes)
        return self._carried_out(operation, nodes, keywords)

    def _received(self, reply: list[Any]) -> tuple[Any, Any]:
        self._apply(reply.pop())
        if reply[0] == "ok":
            return self._decoder.decode(reply[1]), None
        return None, self._error_of_tests(reply[1], reply[2], self._decoder.decode(reply[3]))

    def _do(self, operation: str, nodes: list[Any], keywords: dict[str, Any], changes: list[Any]) -> Any:
        self._apply(changes)
        return self._ok(self._carried_out(operation, nodes, keywords)())

    def _ok(self, result: Any) -> list[Any]:
        self._heap.prune()
        return ["ok", self._objects.encode(result, self._objects.sharing)]

    def _carried_out(self, operation: str, nodes: list[Any], keywords: dict[str, Any]) -> Callable[[], Any]:
        """Return the function that does what the judge asks for."""
        decode = self._decoder.decode
        operands = [decode(node) for node in nodes]
        words = {name: decode(node) for name, node in keywords.items()}
        function = OPERATIONS.get(operation) or self._own_operations[operation]

        def carry_out() -> Any:
            if self._in_loop and operation not in NOT_IN_LOOP:
                with self._loop.entered(self._loop.loop):
                    return function(*operands, **words)
            return function(*operands, **words)

        return carry_out

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
                self._proxies[node[1]] = class_proxy(self, node[1], node[2], node[3], bases, node[5])
            return self._proxies[node[1]]
        if tag == "g" and len(node) > 2:
            return function_of(*node[1:])
        if tag == "g":
            return getattr(builtins, node[1])
        if tag in ("E", "y"):
            return self._exception_of_tests(node)
        if tag in ("k", "o"):
            if node[1] not in self._proxies:
                self._proxies[node[1]] = self._proxy_of(node)
            return self._proxies[node[1]]
        if tag in ("Z", "V"):
            return self._of_class_of_tests(node)
        if tag == "N":
            return self._names.names[node[1]]
        raise Malformed(tag)

    def _exception_of_tests(self, node: list[Any]) -> Any:
        tag, number, *rest = node
        decode = self._decoder.decode
        if number not in self._proxies:
            if tag == "E":
                self._proxies[number] = exception_class_proxy(self, number, rest[0], list(map(decode, rest[1])))
            else:
                kind = None if rest[3] is None else decode(rest[3])
                self._proxies[number] = exception_proxy(self, number, rest[0], kind, decode(rest[2]))
        return self._proxies[number]

    def _of_class_of_tests(self, node: list[Any]) -> Any:
        tag, number, *rest = node
        if tag == "V":
            if number not in self._proxies:
                self._proxies[number] = extended_value(self, number, self._decoder.decode(rest[0]))
            return self._proxies[number]
        name, fields, methods, *items = rest
        if number not in self._tuples:
            own = {method: self._resolve(each) for method, each in methods.items()}
            self._tuples[number] = named_tuple_class(number, name, fields, own)
        return self._tuples[number]._make(map(self._decoder.decode, items))

    def _proxy_of(self, node: list[Any]) -> Any:
        if node[0] == "k":
            return (MethodProxy if len(node) > BOUND else FunctionProxy)(self, *node[1:])
        return object_proxy(self, *node[1:4], *map(self._resolve, node[4:]))

    def ask(self, operation: str, proxy: Any, operands: Any = (), keywords: dict[str, Any] | None = None) -> Any:
        """Ask the judge to use one of the tests' objects, while it waits for our answer."""
        if self._threads is not None:
            return self._threads.ask((operation, proxy, operands, keywords))
        self._send(["ask", *self._question(operation, proxy, operands, keywords), self._changes()])
        while True:
            body = self.read()
            if body is None:
                os._exit(1)
            message = from_json(body)
            if message[0] not in ("ok", "err"):
                self._send(self._answer(message))
                continue
            self._apply(message.pop())
            if message[0] == "ok":
                return self._decoder.decode(message[1])
            raise self._error_of_tests(message[1], message[2], self._decoder.decode(message[3]))

    def _question(self, operation: str, proxy: Any, operands: Any, keywords: dict[str, Any] | None) -> list[Any]:
        self._heap.prune()
        nodes = [self._objects.encode(value, self._objects.sharing) for value in operands]
        words = {name: self._objects.encode(value, self._objects.sharing) for name, value in (keywords or {}).items()}
        return [operation, None if proxy is None else number_of(proxy), nodes, words]

    def _error_of_tests(self, name: str, arguments: list[Any], known: Any) -> BaseException:
        """Return the exception that a function of the tests raised: the program's own, or a built-in one."""
        return known if isinstance(known, BaseException) else getattr(builtins, name, Exception)(*arguments)

    def _exit(
        self, manager: Any, name: str | None = None, arguments: list[Any] | None = None, known: Any = None
    ) -> Any:
        return bool(type(manager).__exit__(manager, *self._exit_arguments(name, arguments, known)))

    def _exit_async(
        self, manager: Any, name: str | None = None, arguments: list[Any] | None = None, known: Any = None
    ) -> Any:
        return bool(run_to_end(type(manager).__aexit__(manager, *self._exit_arguments(name, arguments, known))))

    def _exit_arguments(
        self, name: str | None = None, arguments: list[Any] | None = None, known: Any = None
    ) -> tuple[Any, Any, None]:
        if name is None:
            return None, None, None
        error = self._error_of_tests(name, arguments or [], known)
        return type(error), error, None
