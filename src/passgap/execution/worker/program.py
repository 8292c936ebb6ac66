"""Inside a sample's process: run the program, then answer the judge's questions about it.

Nothing here is trusted by anyone. The judge knows what it asked and what it expected; this side knows the questions
only. Whatever a program does to this code, it can do no more than answer, and an answer is a plain value.
"""

from __future__ import annotations

import builtins
import json
import operator
import os
import random
import socket
import sys
import time
import types
from collections.abc import Callable, Iterator
from typing import Any

from . import confine
from .values import Decoder, Encoder, Malformed, TooDeep
from .wire import REQUEST_BYTES, Frames, pack, pack_raw

SHARED_BYTES = 1 << 14
SHARED_SECONDS = 0.001
MESSAGE_LENGTH = 300
REHEARSALS = 12
OWN_FRAMES = 60
"""Stack frames below a program's first, which its recursion limit should not pay for."""


def _set_item(target: Any, key: Any, value: Any) -> None:
    target[key] = value


def _call(function: Callable[..., Any], args: list[Any], keywords: dict[str, Any]) -> Any:
    return function(*args, **keywords)


OPERATIONS: dict[str, Callable[..., Any]] = {
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
    """Answers questions over one socket about one program's objects."""

    def __init__(self, channel: socket.socket) -> None:
        self.connect(channel)
        self._objects: list[object] = []
        self._numbers: dict[int, int] = {}
        self._encoder = Encoder(self._opaque)
        self._decoder = Decoder(self._resolve)
        self.namespace: dict[str, Any] = {}

    def connect(self, channel: socket.socket) -> None:
        """Answer on ``channel`` from now on, in this process only."""
        self._channel = channel
        self._frames = Frames(channel, REQUEST_BYTES)
        self._owner = os.getpid()

    def read(self) -> bytes | None:
        return self._frames.read()

    def send(self, message: Any) -> None:
        self._channel.sendall(pack(message))

    def hand_over(self, descriptor: int) -> None:
        """Give a descriptor to the judge and hang up."""
        socket.send_fds(self._channel, [pack_raw(b"0")], [descriptor])
        os.close(descriptor)
        self._channel.close()

    def forget(self) -> None:
        """Let go of every object that an answer left here."""
        self._objects.clear()
        self._numbers.clear()

    def load_report(self, error: BaseException | None, names: list[str]) -> Any:
        """Say whether the program ran through, and what it calls by the names that the tests use."""
        if error is not None:
            return self._failure(error)
        return ["ok", {name: self._safe_encode(self.namespace[name]) for name in names if name in self.namespace}]

    def answer_batch(self, report: Any, calls: list[list[Any]]) -> None:
        """Send ``report`` and then, for each call in turn, its answer.

        Answers leave after the first, second, fourth, eighth call and so on, and at the latest after a millisecond: a
        call that hangs takes few of those before it along, and the judge is not woken for each.
        """
        pending, sent = bytearray(pack(report)), time.monotonic()
        for number, call in enumerate(calls, start=1):
            pending += pack(self._answer_call(*call))
            if not number & (number - 1) or len(pending) > SHARED_BYTES or time.monotonic() - sent > SHARED_SECONDS:
                self._channel.sendall(pending)
                pending, sent = bytearray(), time.monotonic()
        if pending:
            self._channel.sendall(pending)

    def _answer_call(self, name: str, nodes: list[Any], keywords: dict[str, Any], copies: bool) -> Any:
        decode = self._decoder.decode
        try:
            if name not in self.namespace:
                raise NameError(f"name {name!r} is not defined")
            args = [decode(node) for node in nodes]
            result = self.namespace[name](*args, **{key: decode(node) for key, node in keywords.items()})
            answer = ["ok", self._safe_encode(result)]
            if copies:
                answer.append([self._safe_encode(arg) for arg in args])
            return answer
        except BaseException as error:  # noqa: BLE001 - whatever a program raises is its answer
            return self._failure(error)

    def serve(self) -> None:
        """Answer questions one by one until the judge hangs up."""
        while self._owner == os.getpid():
            body = self._frames.read()
            if body is None:
                return
            self.send(self._answer(json.loads(body)))

    def _answer(self, question: list[Any]) -> Any:
        operation, nodes, copies = question
        try:
            operands = [self._decoder.decode(node) for node in nodes]
            result = OPERATIONS[operation](*operands)
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
            body = self._frames.read()
            if body is None:
                os._exit(1)
            message = json.loads(body)
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


def run(source: str, name: str, filename: str, shared: str) -> dict[str, Any]:
    """Execute a program as a real module called ``name``, which pickle and multiprocessing can find again.

    ``shared`` is executed before it, in the same module: imports and classes that its tests' setup provides.
    """
    module = types.ModuleType(name)
    module.__file__ = filename
    namespace = module.__dict__
    namespace["__builtins__"] = builtins
    sys.modules[name] = sys.modules["__main__"] = module
    if shared:
        exec(compile(shared, "<setup>", "exec"), namespace)  # noqa: S102 - from trusted tests
    code = compile(source.removeprefix("\ufeff"), filename, "exec", dont_inherit=True)
    exec(code, namespace)  # noqa: S102 - what the jail is for
    return namespace


def rehearse() -> Service:
    """Go through a whole sample a few times before any process is forked, and return the service, ready to connect.

    CPython rewrites code as it is first executed. What the zygote has rewritten already, a fork neither rewrites nor
    copies page by page.
    """
    ours, theirs = socket.socketpair()
    with ours, theirs:
        service = Service(theirs)
        frames = Frames(ours, REQUEST_BYTES)
        for _ in range(REHEARSALS):
            ours.sendall(pack(["call", [["N", "f"], ["l", 1], ["d", "dict"]], False]))
            service.namespace = run("def f(x):\n    return [x, (x, 'x'), {x: None}]\n", "solution", "<rehearsal>", "")
            calls = [["f", [["l", 1, 2.0]], {}, False], ["f", ["x"], {}, True], ["g", [], {}, False]]
            service.answer_batch(service.load_report(None, []), calls)
            service.send(service._answer(json.loads(service.read() or b"")))
            for _ in range(5):
                json.loads(frames.read() or b"")
        service.namespace = {}
        sys.modules.pop("solution")
        sys.modules["__main__"] = types.ModuleType("__main__")
    service.forget()
    return service


def main(service: Service, reserved_processes: int | None) -> None:
    """Wait for a program, run it as its header says, and never return to the zygote's code.

    ``reserved_processes`` are its user's processes that are not its own; None where that user is the caller, whose
    processes cannot be told apart.
    """
    body = service.read()
    if body is None:
        os._exit(0)
    header = json.loads(body)
    processes = None if reserved_processes is None else header["processes"] + reserved_processes
    confine.limit_sample(header["memory"], processes, header["file_bytes"], header["seconds"])
    if "random" in header["program"]:
        random.seed()
    sys.argv = ["solution.py"]
    sys.setrecursionlimit(sys.getrecursionlimit() + OWN_FRAMES)
    if header["mode"] == "whole":
        whole(service, header)
    batch = service.read() if header["batch"] else None
    failure: BaseException | None = None
    try:
        service.namespace = run(header["program"], "solution", "/tmp/solution.py", header["shared"])  # noqa: S108 - a name, no file
    except BaseException as error:  # noqa: BLE001 - whatever a program raises is its answer
        failure = error
    if os.getpid() != service._owner:
        os._exit(0)
    service.answer_batch(
        service.load_report(failure, header["names"]),
        json.loads(batch) if batch is not None and failure is None else [],
    )
    if failure is None:
        service.serve()
    os._exit(0)


def whole(service: Service, header: dict[str, Any]) -> None:
    """Run a program from start to end on its standard input, its output going to the judge through a pipe."""
    read_end, write_end = os.pipe()
    service.hand_over(read_end)
    with open(os.open("/tmp", os.O_TMPFILE | os.O_RDWR, 0o600), "w+b", closefd=False) as file:  # noqa: S108
        file.write(header["stdin"].encode("utf-8", "surrogatepass"))
        descriptor = file.fileno()
    os.lseek(descriptor, 0, os.SEEK_SET)
    os.dup2(descriptor, 0)
    os.dup2(write_end, 1)
    os.close(descriptor)
    os.close(write_end)
    sys.stdin = open(0, encoding="utf-8", errors="surrogatepass")  # noqa: SIM115 - lives as long as we do
    sys.stdout = open(1, "w", encoding="utf-8", errors="surrogatepass")  # noqa: SIM115
    status = 0
    try:
        run(header["program"], "__main__", "/tmp/solution.py", "")  # noqa: S108 - a name, no file
    except SystemExit as error:
        status = error.code if isinstance(error.code, int) else int(error.code is not None)
    except MemoryError:
        status = OUT_OF_MEMORY_STATUS
    except BaseException:  # noqa: BLE001 - a traceback ends in status 1, whatever was raised
        status = 1
    finish(status)


OUT_OF_MEMORY_STATUS = 77


def finish(status: int) -> None:
    """Leave as an interpreter leaves: threads joined, exit handlers run, output flushed."""
    import atexit
    import threading

    try:
        threading._shutdown()  # type: ignore[attr-defined]
        atexit._run_exitfuncs()
        sys.stdout.flush()
    except BaseException:  # noqa: BLE001 - a broken pipe, or a handler of the program's
        status = status or 1
    os._exit(status & 0xFF)
