"""One conversation with one program: what the judge asks, and what it makes of the answers.

An answer is data from an untrusted process. It becomes a plain value, an exception of a built-in kind, or an opaque
:class:`~.proxy.Proxy`; anything else ends the sample.

A sample is judged in one of two ways, never in both. Either all calls are made ahead and each answer is had from what
the program sent by then; or the judge asks one thing at a time and waits for the answer, while the program may ask for
the use of what it was lent. Where tests ask for more than the answers of calls made ahead, or an answer does not stand
alone, the sample is judged again in the second way, in a new process.
"""

from __future__ import annotations

import builtins
import functools
import hashlib
import threading
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any, ParamSpec, TypeVar
from weakref import WeakValueDictionary, finalize

from .answers import Answer, checked, stands_alone
from ..processes.deadline import BadAnswer, Diverged, ProgramError, ProgramGone, Stop
from .program_exceptions import ITERATION_EXCEPTIONS, Likeness
from ..exchange.heap import Heap
from ..processes.jail import Process
from .object_table import ObjectTable
from .shared_process import Environment, Sharing, read_input, read_line, write
from ..inside.streams import PRINTED_BYTES
from ..exchange.values import CHANGING, Decoder, Encoder, Malformed, TooDeep
from ..exchange.frames import FrameError, from_json, pack, pack_raw, to_json

P = ParamSpec("P")
T = TypeVar("T")

PRINTED_LENGTH = 2 * PRINTED_BYTES
"""The most characters that a program's two streams may hand to the tests in all."""
Call = list[Any]
"""[name, argument nodes, keyword nodes, whether arguments are copied back]."""


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
        make_proxy: makes the proxy for an object that stays in the jail, from (session, number, description).
        make_extended: makes a plain value with a proxy for what its class adds, from (proxy, value).
        recording: whether the calls made one by one are to be foreseen for other samples.
    """

    def __init__(
        self,
        process: Process,
        make_proxy: Callable[[Session, int, list[Any]], Any],
        make_extended: Callable[[Any, Any], Any],
        recording: bool = False,
    ) -> None:
        self._process = process
        self._make_proxy = make_proxy
        self._make_extended = make_extended
        self._decoder = Decoder(self._read_opaque)
        self._encoder = Encoder(self._export, self._send_home)
        self._heap = Heap(self._encoder, self._decoder, 0)
        self._plain = Encoder(_refuse)
        self._digested = Encoder(lambda value: ["h", type(value).__name__])
        self._table = ObjectTable(self._encoder.encode, self._decode, self._heap.prune)
        self._likeness = Likeness(
            Decoder(_no_object).decode, lambda number, name: self.ask("getattr", Handle(number), name)
        )
        self._proxies: WeakValueDictionary[int, Any] = WeakValueDictionary()
        self._released: list[int] = []
        self._asking = threading.RLock()
        self._extended: dict[int, Any] = {}
        self._answered: deque[Answer] = deque()
        """Answers to calls of the batch that nobody has asked for yet."""
        self._heard: list[Answer] = []
        """Every answer to a call made ahead, in order; what lies in :attr:`_answered` depends on chance."""
        self._behaviour: Any = None
        self._names: dict[int, str] = {}
        self._otherwise: set[int] = set()
        """Numbers of objects with a name that tests have come to in another way than by a capitalised name."""
        self._by_name = False
        self._values: dict[str, Any] = {}
        self._allowed: frozenset[str] = frozenset()
        self._foreseen: deque[Call] | None = None
        self._copies_do = False
        self._raised: list[BaseException] = []
        self.evaluator: Any = None
        """Evaluates what tests evaluate, where it may be the program's; see :mod:`.evaluating`."""
        self._printed = 0
        self._unmet: list[BaseException] = []
        self._streams = False
        self._environment: Environment | None = None
        self.shares_random = False
        """Whether the program may draw from a generator that the tests seed."""
        self.batched = False
        """Whether the answers to a batch are had from :meth:`observed`."""
        self.loaded = False
        """Whether the program has run to its end, so that tests may use it."""
        self.used = False
        """Whether the tests have used anything of the program."""
        self.ended: Stop | None = None
        """The event that decided the sample before its tests were through."""
        self.calls: list[Call] | None = [] if recording else None
        """The calls made one by one so far, or None where something was asked that no other sample could answer,
        or an argument was changed: the next call with it would tell the next program how."""

    def start(
        self,
        header: dict[str, Any],
        batch: bytes | None = None,
        foresight: Foresight | None = None,
        copies_do: bool = False,
        sharing: Sharing = Sharing(),  # noqa: B008 - frozen
    ) -> None:
        """Send the program and wait until it has run.

        Args:
            header: what the program is and may use.
            batch: calls to be made at once, as JSON; their values are had from :meth:`observed`.
            foresight: calls to be made at once instead, since the tests will most likely make them one by one.
            copies_do: whether answers to calls that are made ahead may be lists and the like: whether it makes no
                difference that tests see a copy as it was right after the call.
            sharing: what of the process the tests share with the program; none of it goes with calls made ahead.

        Raises:
            Exception: what the program raised, as :meth:`ask` would.
            Stop: the program's process did not get so far.
        """
        if batch is not None:
            self.batched = True
        elif foresight is not None:
            self._foreseen = deque(foresight.calls)
            batch = foresight.body
        self.used = True  # what goes wrong from here on is no fault of the tests
        self._copies_do = copies_do
        self._allowed = frozenset(header["names"])
        self.shares_random = "random" in header["program"]
        self._streams = sharing.streams
        header = {**header, "batch": batch is not None, "streams": self._streams}
        self._send(pack(header) + (pack_raw(batch) if batch is not None else b""))
        self._value(self._answer())
        self.loaded = True
        if sharing.environment:
            self._environment = Environment()
        if self._streams:
            self._value(self._ask("connect", [read_input, read_line], {}))
        self.used = False

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
        if name not in self._values and name not in self._allowed and name.isidentifier():
            return self._by_text(name)
        self.used = True
        value = self._values[name]
        if self._ahead and getattr(type(value), "passgap_number", None) is None:
            raise Diverged  # a call may have changed it
        return value

    def _by_text(self, name: str) -> Any:
        """Return the program's object of a name that the tests do not spell out but make, as in ``globals()[name]``."""
        if name.startswith("__") or hasattr(builtins, name):
            raise KeyError(name)
        try:
            return self.ask("name", name)
        except AttributeError:
            raise KeyError(name) from None

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

    def bind(self, name: str, value: Any) -> None:
        """Set an attribute of the program's module."""
        self.ask("bind", name, value)

    def unbind(self, name: str) -> None:
        """Delete an attribute of the program's module."""
        self.ask("unbind", name)

    def available(self, names: Iterable[str]) -> list[str]:
        """Return which of the names the program defines."""
        return [name for name in names if name in self._values]

    def raised(self, error: BaseException) -> bool:
        """Whether an exception is the program's."""
        return any(error is one for one in (*self._raised, *self._likeness.linked))

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
        if self._ahead:
            return self._foretold(function, args, keywords)
        known = self._heap.met_again
        if self.calls is not None:
            self._record(function, args, keywords)
        answer = self._ask("call", [function, *args], keywords)
        if self._heap.met_again != known:
            self.calls = None
        value = self._value(answer, calling=True)
        if getattr(type(value), "passgap_number", None) is not None:
            self.calls = None
        return value

    @deciding
    def ask(self, operation: str, *operands: Any) -> Any:
        """Have an operation done in the jail and return its value, or raise the exception that it raised."""
        self.used = True
        if self._ahead:
            raise Diverged
        self.calls = None
        answer = self._ask(operation, list(operands), {})
        self._by_name = _leads_by_name(operation, operands)
        try:
            return self._value(answer, iterating=operation in ("next", "send", "anext"))
        finally:
            self._by_name = False

    def seed(self, module: str, *args: Any) -> None:
        """Seed a generator of the program as the tests seeded theirs."""
        self.ask("seed", module, list(args))

    def unmet(self, error: BaseException) -> None:
        """Take note of what kept an assertion from being reached."""
        self._unmet.append(error)

    def leave(self, manager: Any, error: BaseException | None) -> bool:
        """Leave a context that the program manages, and return whether it took the exception upon itself.

        An assertion of the tests is theirs, and no program is told of it.
        """
        theirs = isinstance(error, AssertionError) and not self.raised(error)
        if error is None or theirs or any(error is one for one in self._unmet):
            self.ask("exit", manager)
            return False
        return bool(self.ask("exit", manager, *self._table.about(error)))

    def is_capitalised(self, function: Any) -> bool:
        """Whether the tests know an object of the program by a name as only classes have, and by nothing else.

        A program can let ``solution.sqrt``, or what a function returns, be one of its classes.
        """
        number: int = function.passgap_number
        return number not in self._otherwise and self._names.get(number, "")[:1].isupper()

    @property
    def behaviour(self) -> str | None:
        """A digest of every answer to a call, or None where there was none.

        Of an exception only its class counts: what it says may differ from run to run.
        """
        return None if self._behaviour is None else str(self._behaviour.hexdigest())

    def _digest(self, node: Any) -> None:
        if self._behaviour is None:
            self._behaviour = hashlib.sha256()
        self._behaviour.update(to_json(node))

    def _record(self, function: Any, args: list[Any], keywords: dict[str, Any]) -> None:
        try:
            name = self._names[function.passgap_number]
            nodes = [self._plain.encode(arg) for arg in args]
            words = {key: self._plain.encode(value) for key, value in keywords.items()}
        except (LookupError, AttributeError, TooDeep):
            self.calls = None
        else:
            assert self.calls is not None
            self.calls.append([name, nodes, words, True])

    def _foretold(self, function: Any, args: list[Any], keywords: dict[str, Any]) -> Any:
        self.calls = []
        self._record(function, args, keywords)
        if not self.calls or not self._foreseen or self._foreseen.popleft() != self.calls[0]:
            raise Diverged
        answer = self._hear_next()
        if len(answer) == 3 and answer[2] != self.calls[0][1]:
            raise Diverged  # an argument was changed
        return self._alone(answer)

    def _ask(self, operation: str, operands: list[Any], keywords: dict[str, Any]) -> Answer:
        """Ask something and return the answer, after doing what the program asks of our own objects before it.

        Threads of the tests ask in turn.
        """
        with self._asking:
            if self._environment is not None and (changed := self._environment.changes()):
                self._value(self._ask_alone("environment", [changed], {}))
            return self._ask_alone(operation, operands, keywords)

    def _ask_alone(self, operation: str, operands: list[Any], keywords: dict[str, Any]) -> Answer:
        self._heap.prune()
        nodes = [self._encode(operand) for operand in operands]
        words = {key: self._encode(value) for key, value in keywords.items()}
        self._send(self._with_changes([operation, nodes, words]))
        return self._answer()

    def _with_changes(self, message: list[Any]) -> bytes:
        released, self._released[:] = self._released[:], []
        return pack([*message, [*self._heap.changes(), released]])

    def _send(self, data: bytes) -> None:
        try:
            self._process.channel.sendall(data)
        except OSError as error:
            raise ProgramGone from error

    def _answer(self) -> Answer:
        while True:
            message = self._message()
            try:
                entries, unused, names, printed = message.pop()
                self._heap.apply([entries, unused])
                self._rename(names)
                if self._streams:
                    self._printed += sum(map(len, printed))
                    if self._printed > PRINTED_LENGTH:
                        raise Malformed("more than a program may print")
                    write(printed)
            except (Malformed, TypeError, ValueError, AttributeError, LookupError) as error:
                raise BadAnswer(f"changes that are none: {error}") from None
            except (MemoryError, RecursionError):
                raise BadAnswer("a value too large to be read") from None
            if not message or message[0] != "ask":
                return checked(message)
            self._send(self._with_changes(self._table.use(message)))

    def _rename(self, names: Any) -> None:
        """Take note of what the program calls by the names that the tests use, where that changed."""
        if not names.keys() <= self._allowed:
            raise Malformed("a name that nobody asked for")
        for name, node in names.items():
            if node == ["N"]:
                self._values.pop(name, None)
                continue
            self._by_name = name[:1].isupper()
            try:
                self._values[name] = value = self._decode(node)
            finally:
                self._by_name = False
            if getattr(type(value), "passgap_number", None) is not None:
                self._names[value.passgap_number] = name

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
            message = from_json(body)
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
        if answer[0] == "ok":
            self._digest(answer[1])
        return self._value(answer, calling=answer[0] != "ok")

    def _value(self, answer: Answer, iterating: bool = False, calling: bool = False) -> Any:
        if answer[0] == "ok":
            value = self._decode(answer[1])
            if calling:
                self._digest(self._in_full(value))
            return value
        if answer[0] == "again":
            error = self._exported_exception(answer[1])
            if not iterating and isinstance(error, ITERATION_EXCEPTIONS):
                error = ProgramError(f"{type(error).__name__}: {error}")
        else:
            error = self._exception(answer, iterating)
            if calling:
                self._digest(answer[1][1 if answer[1][0] == "g" else 2])
        self._raised.append(error)
        raise error

    def _in_full(self, value: Any) -> Any:
        try:
            return self._digested.encode(value)
        except (TooDeep, RecursionError):
            return ["h", "nested"]

    def _exception(self, answer: Answer, iterating: bool) -> BaseException:
        try:
            return self._likeness.exception(answer, iterating)
        except (Malformed, TypeError, ValueError, LookupError) as error:
            raise BadAnswer(f"an exception that is none: {error}") from None

    def _exported_exception(self, number: Any) -> BaseException:
        try:
            error = self._table.get(number)
        except LookupError:
            error = None
        if not isinstance(error, BaseException):
            raise BadAnswer("an exception that the tests did not raise")
        return error

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
        """Encode a proxy as what it stands for in the jail; None where it is something else."""
        home = getattr(type(value), "passgap_node", None)
        return None if home is None else home(value)

    def _export(self, value: Any) -> Any:
        """Encode what is not plain: a proxy goes home, a type goes by name, anything else is lent by number."""
        node = self._send_home(value)
        if node is not None:
            return node
        self.calls = None
        if isinstance(value, type):
            number = self._likeness.number_of(value)
            if number is not None:
                return ["h", number]
        if value is type(None):
            return ["g", "NoneType"]
        name = getattr(value, "__name__", None)
        if type(name) is str and getattr(builtins, name, None) is value:
            return ["g", name]
        if isinstance(value, BaseException) and type(getattr(value, "passgap_number", None)) is int:
            return ["h", value.passgap_number]  # type: ignore[attr-defined]
        return self._table.export(value)

    def _proxy(self, number: int, description: list[Any]) -> Any:
        if not self._by_name:
            self._otherwise.add(number)
        proxy = self._proxies.get(number)
        if proxy is None:
            self._proxies[number] = proxy = self._make_proxy(self, number, description)
            finalize(proxy, self._released.append, number).atexit = False
        return proxy

    def _read_opaque(self, node: list[Any]) -> Any:  # noqa: PLR0911 - one a tag
        tag = node[0]
        if tag == "@" and len(node) == 2:
            return self._heap.get(node[1])
        if tag == "h" and len(node) == 5 and type(node[1]) is int and type(node[2]) is str:
            if node[3] not in (None, *CHANGING) or type(node[4]) is not list:
                raise Malformed("an object that extends what is no plain type")
            return self._proxy(node[1], node[2:])
        if tag == "S" and len(node) == 4 and type(node[1]) is int:
            if node[1] not in self._extended:
                proxy = self._read_opaque(["h", node[1], "", None, node[3]])
                self._extended[node[1]] = self._make_extended(proxy, self._decode(node[2]))
            return self._extended[node[1]]
        if tag == "x":
            return self._likeness.class_of(node)
        if node == ["g", "NoneType"]:
            return type(None)
        if tag == "g" and len(node) == 2 and type(node[1]) is str:
            known = getattr(builtins, node[1], None)
            if isinstance(known, type) or known in (NotImplemented, Ellipsis):
                return known
        if tag in ("k", "o") and len(node) >= 2:
            try:
                return self._table.get(node[1])
            except LookupError:
                pass
        raise Malformed(f"an unknown value {str(tag)[:20]!r}")


def _leads_by_name(operation: str, operands: tuple[Any, ...]) -> bool:
    """Whether what is asked for is a class that the tests name, or the one that an object is of."""
    if operation in ("type", "subclass", "super"):
        return True
    name = operands[-1] if operation in ("name", "getattr") else None
    return type(name) is str and (name[:1].isupper() or name in ("__mro__", "__bases__"))


class Handle:
    """A number of something that stays in the jail and has no proxy here."""

    def __init__(self, number: int) -> None:
        self._number = number

    def passgap_node(self) -> list[Any]:
        return ["h", self._number]


def _no_object(node: list[Any]) -> Any:
    """Read what an exception's arguments may hold besides plain values."""
    if node in (["g", "NotImplemented"], ["g", "Ellipsis"]):
        return getattr(builtins, node[1])
    raise Malformed("an object in an exception")


def _refuse(value: object) -> Any:
    raise LookupError(type(value).__name__)
