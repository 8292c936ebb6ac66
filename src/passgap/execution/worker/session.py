"""One conversation with one program: what the judge asks, and what it makes of the answers.

An answer is data from an untrusted process. It becomes a plain value, an exception of a built-in kind, or an opaque
:class:`~.remote.Remote`; anything else ends the sample.
"""

from __future__ import annotations

import builtins
import hashlib
import json
import signal
import time
from collections import deque
from collections.abc import Callable
from types import MethodType, ModuleType
from typing import Any

from .jail import Process
from .values import Decoder, Encoder, Malformed, TooDeep
from .wire import FrameError, pack, pack_raw

ENDING_EXCEPTIONS = frozenset({"SystemExit", "KeyboardInterrupt", "GeneratorExit"})
ITERATION_EXCEPTIONS = frozenset({"StopIteration", "StopAsyncIteration"})
"""Raised anywhere but by ``next``, they would end a loop of the tests early: ``all(map(f, cases))`` would hold."""
Call = list[Any]
"""[name, argument nodes, keyword nodes, whether arguments are copied back]."""
ITERATOR_ITEMS = 1_000_000
AFTER_FAILURE_SECONDS = 1.0
"""What is left for the other tests once one has failed: the verdict stands, only the pass vector may still grow."""


class Stop(BaseException):
    """The sample is decided, whatever tests are left. Not an Exception, so that no test swallows it."""


class DeadlineReached(Stop):
    """The sample's time is up."""


class ProgramGone(Stop):
    """The program's process ended, or hung up, before its tests were done."""


class BadAnswer(Stop):
    """The program's process sent what is no answer."""


class OutOfMemory(Stop):
    """The program met its memory limit."""


class Diverged(Stop):
    """The tests asked for another call than the one foreseen; the sample must be judged again without foresight."""


class ProgramError(Exception):
    """The program raised an exception that has no built-in kind, or one that ends a process."""


class Deadline:
    """Raises :class:`DeadlineReached` in the main thread when the time is up, and again until it is heard."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self.began = time.monotonic()
        self.reached = False

    def __enter__(self) -> Deadline:
        signal.signal(signal.SIGALRM, self._ring)
        self.began = time.monotonic()
        signal.setitimer(signal.ITIMER_REAL, self._seconds, 0.2)
        return self

    def __exit__(self, *exc: object) -> None:
        signal.setitimer(signal.ITIMER_REAL, 0)

    def shorten(self, seconds: float) -> None:
        """Let at most ``seconds`` be left from now on."""
        left = self._seconds - (time.monotonic() - self.began)
        if left > seconds:
            self._seconds -= left - seconds
            signal.setitimer(signal.ITIMER_REAL, seconds, 0.2)

    @property
    def seconds(self) -> float:
        """How long it has been since the beginning."""
        return time.monotonic() - self.began

    def _ring(self, signum: int, frame: object) -> None:
        self.reached = True
        raise DeadlineReached


class Foresight:
    """The calls that a problem's tests made of a program that passed.

    Most tests make the same calls of every program, be it in loops or with numbers drawn from a seeded generator. Then
    they can be made all at once and each be looked up when the tests come to it. Where the tests ask for anything
    else, the program is run again without foresight, in a new process.
    """

    def __init__(self, calls: list[Call]) -> None:
        self.calls = calls
        self.body = json.dumps(calls, separators=(",", ":")).encode("ascii")


class Session:
    """The questions to one program, and the values in its answers.

    Args:
        make_remote: makes the stand-in for an object that stays in the jail, from (session, number, type name).
    """

    def __init__(self, process: Process, make_remote: Callable[[Session, int, str], Any]) -> None:
        self._process = process
        self._make_remote = make_remote
        self._encoder = Encoder(self._lend)
        self._decoder = Decoder(self._stand_in)
        self._lent: list[Any] = []
        self._lent_numbers: dict[int, int] = {}
        self._remotes: dict[int, Any] = {}
        self._exceptions: dict[int, type[BaseException]] = {}
        self._observed: list[Any] = []
        self._names: dict[int, str] = {}
        self._foreseen: deque[Call] = deque()
        self._digest = hashlib.sha256()
        self._lending_from: Any = None
        self.observations = 0
        self.calls: list[Call] | None = []
        """The calls made one by one so far, or None where something was asked that no other sample could answer,
        or an argument was changed: the next call with it would tell the next program how."""

    def start(self, header: dict[str, Any], batch: bytes | None, foresight: Foresight | None = None) -> dict[str, Any]:
        """Send the program, wait until it has run, and return what it calls by ``header["names"]``.

        Args:
            header: what the program is and may use.
            batch: calls to be made at once, as JSON; their values are had from :meth:`observed`.
            foresight: calls to be made at once instead, since the tests will most likely make them one by one.

        Raises:
            Exception: what the program raised, as :meth:`ask` would.
            Stop: the program's process did not get so far.
        """
        if foresight is not None:
            self._foreseen.extend(foresight.calls)
            batch = foresight.body
        header = {**header, "batch": batch is not None}
        self._send(pack(header) + (pack_raw(batch) if batch is not None else b""))
        answer = self._answer()
        if answer[0] != "ok":
            raise self._error(answer)
        if type(answer[1]) is not dict:
            raise BadAnswer("a report that is no report")
        values = {name: self._decode(node) for name, node in answer[1].items()}
        self._names = {node[1]: name for name, node in answer[1].items() if type(node) is list and node[0] == "h"}
        return values

    def observed(self, number: int) -> Any:
        """Return the value of call ``number`` of the batch, or raise what it raised."""
        while len(self._observed) <= number:
            self._observed.append(self._answer(observe=True))
        return self._value(self._observed[number])

    def call(self, function: Any, args: list[Any], keywords: dict[str, Any]) -> Any:
        """Call one of the program's functions and return its value, or raise the exception that it raised.

        What the call did to lists, dicts and sets among its arguments is done to ours.
        """
        nodes = [self._encode(arg) for arg in args]
        words = {key: self._encode(value) for key, value in keywords.items()}
        target = self._encode(function)
        call: Call = [self._names.get(target[1]), nodes, words, True]
        if self.calls is not None:
            self.calls.append(call)
        if self._foreseen:
            if self._foreseen.popleft() != call:
                raise Diverged
        else:
            keyword_nodes = [part for key, node in words.items() for part in (key, node)]
            self._send(pack(["call", [target, ["l", *nodes], ["d", "dict", *keyword_nodes]], True]))
        answer = self._answer(observe=True)
        value = self._value(answer)
        if len(answer) == 3 and type(answer[2]) is list:
            for argument, before, node in zip(args, nodes, answer[2], strict=False):
                if node != before:
                    self.calls = None
                    copy_back(argument, self._decode(node))
        return value

    def ask(self, operation: str, *operands: Any) -> Any:
        """Have an operation done in the jail and return its value, or raise the exception that it raised."""
        if self._foreseen:
            raise Diverged
        self.calls = None
        self._send(pack([operation, [self._encode(operand) for operand in operands], False]))
        return self._value(self._answer(), iterating=operation == "next")

    @property
    def behaviour(self) -> str | None:
        """A digest of every answer to a call, or None where there was none."""
        return self._digest.hexdigest() if self.observations else None

    def _send(self, data: bytes) -> None:
        try:
            self._process.channel.sendall(data)
        except OSError as error:
            raise ProgramGone from error

    def _answer(self, observe: bool = False) -> list[Any]:
        while True:
            try:
                body = self._process.frames.read()
                if body is None:
                    raise ProgramGone
                answer = json.loads(body)
            except (FrameError, ValueError, RecursionError) as error:
                raise BadAnswer(str(error)) from None
            if type(answer) is not list or len(answer) < 2 or answer[0] not in ("ok", "err", "ask"):
                raise BadAnswer("a message that is no answer")
            if answer[0] == "ask":
                self._lend_a_hand(answer)
                continue
            if answer[0] == "err":
                self._check_error(answer)
            if observe:
                self.observations += 1
                self._digest.update(body if answer[0] == "ok" else answer[1].encode("utf-8", "surrogatepass"))
                self._digest.update(b"\0")
            return answer

    def _check_error(self, answer: list[Any]) -> None:
        shape = [type(part) for part in answer[1:4]]
        if len(answer) != 5 or shape != [str, list, str] or type(answer[4]) not in (int, type(None)):
            raise BadAnswer("an exception that is none")
        if "MemoryError" in answer[2]:
            raise OutOfMemory

    def _value(self, answer: list[Any], iterating: bool = False) -> Any:
        if answer[0] != "ok":
            raise self._error(answer, iterating)
        return self._decode(answer[1])

    def _error(self, answer: list[Any], iterating: bool = False) -> BaseException:
        _, name, bases, text, number = answer
        refused = ENDING_EXCEPTIONS if iterating else ENDING_EXCEPTIONS | ITERATION_EXCEPTIONS
        if not refused.isdisjoint(base for base in bases if type(base) is str):
            return ProgramError(f"{name}: {text}")
        return self._exception_class(number, name, bases)(text)

    def _exception_class(self, number: int | None, name: str, bases: list[Any]) -> type[BaseException]:
        base: type[BaseException] = ProgramError
        for candidate in bases:
            known = getattr(builtins, candidate, None) if type(candidate) is str else None
            if isinstance(known, type) and issubclass(known, Exception) and not issubclass(known, UnicodeError):
                base = known
                break
        if number is None:
            return base
        if number not in self._exceptions:
            self._exceptions[number] = type(name, (base,), {})
        return self._exceptions[number]

    def _encode(self, value: Any) -> Any:
        try:
            return self._encoder.encode(value)
        except TooDeep:
            raise ProgramError("an argument is nested too deep to be sent") from None

    def _decode(self, node: Any) -> Any:
        try:
            return self._decoder.decode(node)
        except Malformed as error:
            raise BadAnswer(str(error)) from None
        except (MemoryError, RecursionError):
            raise BadAnswer("a value too large to be read") from None

    # --- our objects, in the program's hands ---

    def _lend(self, value: Any) -> Any:
        """Encode what is not plain: a stand-in goes home, a type goes by name, anything else is lent by number."""
        home = getattr(type(value), "passgap_node", None)
        if home is not None:
            if value.passgap_number not in self._names:
                self.calls = None
            return home(value)
        self.calls = None
        if isinstance(value, type):
            for home_number, known in self._exceptions.items():
                if known is value:
                    return ["h", home_number]
        name = getattr(value, "__name__", None)
        if type(name) is str and getattr(builtins, name, None) is value:
            return ["g", name]
        if hasattr(type(value), "__next__"):
            items = [item for item, _ in zip(value, range(ITERATOR_ITEMS), strict=False)]
            return ["I", *[self._encode(item) for item in items]]
        if isinstance(value, ModuleType) or not self._may_reach(value):
            raise TypeError(f"a {type(value).__name__} of the tests is not lent to a program")
        number = self._lent_numbers.get(id(value))
        if number is None:
            number = len(self._lent)
            self._lent.append(value)
            self._lent_numbers[id(value)] = number
        return ["k" if callable(value) else "o", number]

    def _may_reach(self, value: Any) -> bool:
        """Whether what a program found on an object of the tests is lent to it too: its methods and its like."""
        source = self._lending_from
        if source is None:
            return True
        own_method = isinstance(value, MethodType) and value.__self__ is source
        return own_method or type(value).__module__ == type(source).__module__ != "builtins"

    def _lend_a_hand(self, question: list[Any]) -> None:
        try:
            _, operation, number, nodes = question
            target = self._lent[number]
            operands = [self._decode(node) for node in nodes]
        except (ValueError, TypeError, IndexError) as error:
            raise BadAnswer("a question that is none") from error
        try:
            value = self._use(operation, target, operands)
            self._lending_from = None if operation == "call" else target
            message = ["ok", self._encode(value)]
        except Exception as error:  # noqa: BLE001 - the program asked for it, and gets it
            message = ["err", type(error).__name__, str(error)[:300]]
        finally:
            self._lending_from = None
        self._send(pack(message))

    def _use(self, operation: str, target: Any, operands: list[Any]) -> Any:
        if operation == "call" and callable(target):
            return target(*operands)
        if callable(target):
            raise TypeError("a function of the tests can only be called")
        if operation in ("getattr", "setattr"):
            name = operands[0]
            if type(name) is not str or name.startswith("_"):
                raise AttributeError(str(name))
            return getattr(target, name) if operation == "getattr" else setattr(target, name, operands[1])
        if operation == "list":
            return list(target)
        if operation == "len":
            return len(target)
        raise TypeError("not offered")

    def _stand_in(self, node: list[Any]) -> Any:
        tag = node[0]
        if tag == "h" and len(node) == 3 and type(node[1]) is int and type(node[2]) is str:
            if node[1] not in self._remotes:
                self._remotes[node[1]] = self._make_remote(self, node[1], node[2])
            return self._remotes[node[1]]
        if tag == "x" and len(node) == 4 and type(node[1]) is int and type(node[2]) is str and type(node[3]) is list:
            return self._exception_class(node[1], node[2], node[3])
        if tag == "g" and len(node) == 2 and type(node[1]) is str:
            known = getattr(builtins, node[1], None)
            if isinstance(known, type) or known in (NotImplemented, Ellipsis):
                return known
        if tag in ("k", "o") and len(node) == 2 and type(node[1]) is int and 0 <= node[1] < len(self._lent):
            return self._lent[node[1]]
        raise Malformed(f"an unknown value {str(tag)[:20]!r}")


def copy_back(ours: Any, theirs: Any) -> None:
    """Do to our list, dict or set what the program did to its copy."""
    if type(ours) is not type(theirs):
        return
    if isinstance(ours, list):
        if len(ours) == len(theirs):
            for index, (mine, other) in enumerate(zip(ours, theirs, strict=True)):
                if isinstance(mine, list | dict | set) and type(mine) is type(other):
                    copy_back(mine, other)
                else:
                    ours[index] = other
        else:
            ours[:] = theirs
    elif isinstance(ours, dict):
        for key, other in theirs.items():
            mine = ours.get(key)
            if isinstance(mine, list | dict | set) and type(mine) is type(other):
                copy_back(mine, other)
                theirs[key] = mine
        ours.clear()
        ours.update(theirs)
    elif isinstance(ours, set):
        ours.clear()
        ours.update(theirs)
