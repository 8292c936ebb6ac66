"""One conversation with one program: what the judge asks, and what it makes of the answers.

An answer is data from an untrusted process. It becomes a plain value, an exception of a built-in kind, or an opaque
:class:`~.remote.Remote`; anything else ends the sample.
"""

from __future__ import annotations

import builtins
import contextlib
import functools
import hashlib
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any, ParamSpec, TypeVar

from .ending import BadAnswer, Diverged, Interrupted, OutOfMemory, ProgramError, ProgramExit, ProgramGone, Stop
from .jail import Process
from .lending import Lender, copy_back
from .values import CHANGING, Decoder, Encoder, Malformed, TooDeep
from .wire import FrameError, from_program, pack, pack_raw, to_json

P = ParamSpec("P")
T = TypeVar("T")

ITERATION_EXCEPTIONS = frozenset({"StopIteration", "StopAsyncIteration"})
"""Raised anywhere but by ``next``, they would end a loop of the tests early: ``all(map(f, cases))`` would hold."""
NEED_MORE = (UnicodeError, BaseExceptionGroup)
"""Kinds that cannot be made from a text alone."""
Call = list[Any]
"""[name, argument nodes, keyword nodes, whether arguments are copied back]."""
Answer = list[Any]
"""["ok", node] or ["ok", node, argument nodes], or ["err", name, names of the built-in bases, text, number or None]."""


class Foresight:
    """The calls that a problem's tests made of a program that passed.

    Most tests make the same calls of every program, be it in loops or with numbers drawn from a seeded generator. Then
    they can be made all at once and each be looked up when the tests come to it. Where the tests ask for anything
    else, the program is run again without foresight, in a new process.
    """

    def __init__(self, calls: list[Call]) -> None:
        self.calls = calls
        self.body = to_json(calls)


def deciding(method: Callable[P, T]) -> Callable[P, T]:
    """Let a session remember what ended it, whatever its tests make of the exception (``except:``, say)."""

    @functools.wraps(method)
    def remembering(*args: P.args, **keywords: P.kwargs) -> T:
        try:
            return method(*args, **keywords)
        except Stop as stop:
            session: Any = args[0]
            session.ended = session.ended or stop
            raise

    return remembering


class Session:
    """The questions to one program, and the values in its answers.

    Args:
        make_remote: makes the stand-in for an object that stays in the jail, from (session, number, type name, name
            of the plain type that it extends, if any).
        make_extended: makes a plain value with a stand-in for what its class adds, from (session, number, value).
    """

    def __init__(
        self,
        process: Process,
        make_remote: Callable[[Session, int, str, str | None], Any],
        make_extended: Callable[[Session, int, Any], Any],
    ) -> None:
        self._process = process
        self._make_remote = make_remote
        self._make_extended = make_extended
        self._encoder = Encoder(self._lend, self._send_home)
        self._decoder = Decoder(self._stand_in)
        self._lender = Lender(self._encode, self._decode)
        self._remotes: dict[int, Any] = {}
        self._exceptions: dict[int, type[BaseException]] = {}
        self._answered: deque[Answer] = deque()
        """Answers to calls of the batch that nobody has asked for yet."""
        self._heard: list[Answer] = []
        """Every answer to a call, in order; what lies in :attr:`_answered` depends on chance and does not count."""
        self._names: dict[int, str] = {}
        self._values: dict[str, Any] = {}
        self._foreseen: deque[Call] | None = None
        self._copies_do = False
        self._raised: list[BaseException] = []
        self.batched = False
        """Whether the answers to a batch are had from :meth:`observed`."""
        self.used = False
        """Whether the tests have used anything of the program."""
        self.ended: Stop | None = None
        """What decided the sample before its tests were through."""
        self.calls: list[Call] | None = []
        """The calls made one by one so far, or None where something was asked that no other sample could answer,
        or an argument was changed: the next call with it would tell the next program how."""

    def start(
        self,
        header: dict[str, Any],
        batch: bytes | None = None,
        foresight: Foresight | None = None,
        copies_do: bool = False,
    ) -> None:
        """Send the program and wait until it has run.

        Args:
            header: what the program is and may use.
            batch: calls to be made at once, as JSON; their values are had from :meth:`observed`.
            foresight: calls to be made at once instead, since the tests will most likely make them one by one.
            copies_do: whether answers to calls that are made ahead may be lists and the like: whether it makes no
                difference that tests see a copy as it was right after the call.

        Raises:
            Exception: what the program raised, as :meth:`ask` would.
            Stop: the program's process did not get so far.
        """
        if batch is not None:
            self.batched = True
        elif foresight is not None:
            self._foreseen = deque(foresight.calls)
            batch = foresight.body
        self._copies_do = copies_do
        header = {**header, "batch": batch is not None}
        self._send(pack(header) + (pack_raw(batch) if batch is not None else b""))
        answer = self._answer()
        if answer[0] != "ok":
            raise self._error(answer)
        if type(answer[1]) is not dict or not answer[1].keys() <= set(header["names"]):
            raise BadAnswer("a report that is no report")
        self._names = {node[1]: name for name, node in answer[1].items() if type(node) is list and node[0] == "h"}
        self._values = {name: self._decode(node) for name, node in answer[1].items()}

    @property
    def _ahead(self) -> bool:
        """Whether calls were made ahead, so that nothing but their answers can be had from the program."""
        return self.batched or self._foreseen is not None

    @deciding
    def name(self, name: str) -> Any:
        """Return what the program calls ``name`` at present.

        Raises:
            KeyError: nothing, or it is not among the names that the tests use.
        """
        self.used = True
        value = self._values[name]
        number = getattr(type(value), "passgap_number", None) and value.passgap_number
        return value if number is not None and self._names.get(number) == name else self.ask("name", name)

    def entry_point(self, name: str) -> Any:
        """Return the function that the tests are about.

        Raises:
            NameError: the program does not define it.
        """
        try:
            return self.name(name)
        except KeyError:
            raise NameError(f"the program does not define {name!r}", name=name) from None

    @deciding
    def attribute(self, name: str) -> Any:
        """Return an attribute of the program's module.

        Raises:
            AttributeError: it has none of that name.
        """
        self.used = True
        return self.name(name) if name in self._values else self.ask("name", name)

    @deciding
    def bind(self, name: str, value: Any) -> None:
        """Set an attribute of the program's module."""
        self.ask("bind", name, value)
        self._values[name] = value

    @deciding
    def unbind(self, name: str) -> None:
        """Delete an attribute of the program's module."""
        self.ask("unbind", name)
        self._values.pop(name, None)

    def available(self, names: Iterable[str]) -> list[str]:
        """Return which of the names the program defines."""
        self.used = True
        return [name for name in names if name in self._values]

    def raised(self, error: BaseException) -> bool:
        """Whether an exception is the program's."""
        return any(error is one for one in self._raised)

    @deciding
    def observed(self, number: int) -> Any:
        """Return the value of call ``number`` of the batch, or raise what it raised."""
        self.used = True
        while len(self._heard) <= number:
            self._hear_next()
        return self._alone(self._heard[number])

    @deciding
    def call(self, function: Any, args: list[Any], keywords: dict[str, Any]) -> Any:
        """Call one of the program's functions and return its value, or raise the exception that it raised.

        What the call did to lists, dicts and sets among its arguments is done to ours.
        """
        self.used = True
        nodes = [self._encode(arg) for arg in args]
        words = {key: self._encode(value) for key, value in keywords.items()}
        target = self._encode(function)
        call: Call = [self._names.get(target[1]), nodes, words, True]
        if self.calls is not None:
            self.calls.append(call)
        if self._ahead:
            if not self._foreseen or self._foreseen.popleft() != call:
                raise Diverged
            answer = self._hear_next()
            if len(answer) == 3 and answer[2] != nodes:
                raise Diverged
            return self._alone(answer)
        else:
            keyword_nodes = [part for key, node in words.items() for part in (key, node)]
            self._send(pack(["call", [target, ["l", *nodes], ["d", "dict", *keyword_nodes]], True]))
            answer = self._answer()
            self._heard.append(answer)
        value = self._value(answer)
        if len(answer) == 3 and type(answer[2]) is list:
            for argument, before, node in zip(args, nodes, answer[2], strict=False):
                if node != before and not (type(before) is list and before[0] == "h"):
                    self.calls = None
                    copy_back(argument, self._decode(node))
        return value

    @deciding
    def ask(self, operation: str, *operands: Any) -> Any:
        """Have an operation done in the jail and return its value, or raise the exception that it raised."""
        self.used = True
        if self._ahead:
            raise Diverged
        self.calls = None
        self._send(pack([operation, [self._encode(operand) for operand in operands], False]))
        return self._value(self._answer(), iterating=operation == "next")

    @property
    def behaviour(self) -> str | None:
        """A digest of every answer to a call, or None where there was none.

        Of an exception only its name counts: what it says may differ from run to run.
        """
        if not self._heard:
            return None
        return hashlib.sha256(to_json([answer[1] for answer in self._heard])).hexdigest()

    def _send(self, data: bytes) -> None:
        try:
            self._process.channel.sendall(data)
        except OSError as error:
            raise ProgramGone from error

    def _answer(self) -> Answer:
        """Read one answer, after doing what the program asks of our own objects before it gives it."""
        while True:
            answer = self._message()
            if answer[0] != "ask":
                return checked(answer)
            self._send(pack(self._lender.use(answer)))

    def _hear_next(self) -> Answer:
        """Return the answer to the next call of those that were sent all at once; they come several to a frame."""
        while not self._answered:
            self._answered.extend(map(checked, self._message()))
        self._heard.append(self._answered.popleft())
        return self._heard[-1]

    def _message(self) -> list[Any]:
        try:
            body = self._process.frames.read()
            if body is None:
                raise ProgramGone
            message = from_program(body)
        except (FrameError, ValueError, RecursionError) as error:
            raise BadAnswer(str(error)) from None
        if type(message) is not list or not message:
            raise BadAnswer("a message that is none")
        return message

    def _alone(self, answer: Answer) -> Any:
        """Return the value of an answer that was given before its test came to it, and so has to stand alone.

        Raises:
            Diverged: it is an object, which tests could only use in the state that later calls left it in; or it can
                change, and the tests might see that.
        """
        if answer[0] == "ok" and not stands_alone(answer[1], self._copies_do):
            raise Diverged
        return self._value(answer)

    def _value(self, answer: Answer, iterating: bool = False) -> Any:
        if answer[0] != "ok":
            raise self._error(answer, iterating)
        return self._decode(answer[1])

    def _error(self, answer: Answer, iterating: bool = False) -> BaseException:
        error = self._error_of(answer, iterating)
        self._raised.append(error)
        return error

    def _error_of(self, answer: Answer, iterating: bool) -> BaseException:
        _, name, bases, text, number = answer
        if "MemoryError" in bases:
            return OutOfMemory()
        if "SystemExit" in bases:
            return ProgramExit(text)
        if "Exception" not in bases:
            return Interrupted(f"{name}: {text}")
        if not iterating and not ITERATION_EXCEPTIONS.isdisjoint(base for base in bases if type(base) is str):
            return ProgramError(f"{name}: {text}")
        return self._exception_class(number, name, bases)(text)

    def _exception_class(self, number: int | None, name: str, bases: list[Any]) -> type[BaseException]:
        base: type[BaseException] = ProgramError
        for candidate in bases:
            known = getattr(builtins, candidate, None) if type(candidate) is str else None
            if isinstance(known, type) and issubclass(known, Exception) and not issubclass(known, NEED_MORE):
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

    def _send_home(self, value: Any, *_: Any) -> Any:
        """Encode a stand-in as what it stands for in the jail; None where it is something else."""
        home = getattr(type(value), "passgap_node", None)
        if home is None:
            return None
        if value.passgap_number not in self._names:
            self.calls = None
        return home(value)

    def _lend(self, value: Any) -> Any:
        """Encode what is not plain: a stand-in goes home, a type goes by name, anything else is lent by number."""
        node = self._send_home(value)
        if node is not None:
            return node
        self.calls = None
        if isinstance(value, type):
            for home_number, known in self._exceptions.items():
                if known is value:
                    return ["h", home_number]
        name = getattr(value, "__name__", None)
        if type(name) is str and getattr(builtins, name, None) is value:
            return ["g", name]
        return self._lender.lend(value)

    def _stand_in(self, node: list[Any]) -> Any:
        tag = node[0]
        if tag == "h" and len(node) in (3, 4) and type(node[1]) is int and type(node[2]) is str:
            if node[1] not in self._remotes:
                base = node[3] if len(node) == 4 else None
                if base not in (None, *CHANGING):
                    raise Malformed("an object that extends what is no plain type")
                self._remotes[node[1]] = self._make_remote(self, node[1], node[2], base)
            return self._remotes[node[1]]
        if tag == "S" and len(node) == 3 and type(node[1]) is int:
            return self._make_extended(self, node[1], self._decode(node[2]))
        if tag == "x" and len(node) == 4 and type(node[1]) is int and type(node[2]) is str and type(node[3]) is list:
            return self._exception_class(node[1], node[2], node[3])
        if tag == "g" and len(node) == 2 and type(node[1]) is str:
            known = getattr(builtins, node[1], None)
            if isinstance(known, type) or known in (NotImplemented, Ellipsis):
                return known
        if tag in ("k", "o") and len(node) == 2:
            with contextlib.suppress(LookupError):
                return self._lender.returned(node[1])
        raise Malformed(f"an unknown value {str(tag)[:20]!r}")


ALONE = frozenset("tfibcr:DFTPg")
"""Tags of values that cannot change, and have nothing that stays in the jail."""
CHANGEABLE = frozenset("lsdqBn")


def stands_alone(node: Any, copies_do: bool) -> bool:
    """Whether a value is all there, in a copy that does for the tests."""
    if type(node) is not list:
        return True
    if not node or type(node[0]) is not str or not (node[0] in ALONE or (copies_do and node[0] in CHANGEABLE)):
        return False
    return all(stands_alone(part, copies_do) for part in node[1:] if type(part) is list)


def checked(answer: Any) -> Answer:
    """Return an answer that has the form of one.

    Raises:
        BadAnswer: it has not.
    """
    if type(answer) is not list or len(answer) < 2 or answer[0] not in ("ok", "err"):
        raise BadAnswer("a message that is no answer")
    if answer[0] == "err":
        shape = [type(part) for part in answer[1:4]]
        if len(answer) != 5 or shape != [str, list, str] or type(answer[4]) not in (int, type(None)):
            raise BadAnswer("an exception that is none")
    return answer
