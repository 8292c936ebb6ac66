"""The session with one program: the judge's questions, and the values that it makes of the answers.

An answer is data from an untrusted process. It becomes a plain value, an exception of a built-in class, or an opaque
:class:`~.proxy.Proxy`; anything else ends the sample.

A sample is judged in one of two ways, never in both. Either all calls are made ahead, and each answer is looked up in
what the program has sent by then; or the judge asks one thing at a time and waits for the answer, while the program may
use objects of the tests. If tests ask for more than the answers of calls made ahead, or an answer does not stand alone,
the sample is judged again in the second way, in a new process.
"""

from __future__ import annotations

import builtins
import contextlib
import sys
import threading
from collections.abc import Iterable
from typing import Any

from ..exchange.frames import pack, pack_raw
from ..exchange.shared_folder import SharedFolder
from ..exchange.shared_loop import SharedLoop
from ..exchange.value_types import OF_TESTS
from ..processes.sample_process import Process
from ..stops import Diverged, ProgramError, Stop, deciding
from .answer_reader import AnswerReader
from .answers import DECODED, Answer
from .calls_ahead import CallsAhead
from .channel import Channel
from .conversation import Conversation
from .fake_modules import FakeModules
from .foresight import Call, CallRecorder, Foresight
from .generators import SeededGenerators
from .names import Names, leads_by_name
from .noticed import Noticed
from .replaced_attributes import ReplacedAttributes, Settings
from .shared_process import Environment, ProgramOutput, Sharing, names_threads, read_input, read_line
from .tests_classes import extension_of, is_of_tests
from .threaded_conversation import ThreadedConversation
from .translator import Translator

ITERATING = frozenset({"next", "send", "anext", "loop_anext"})
"""Operations whose answer may be the end of an iteration."""


class Session:
    """The questions to one program, and the values in its answers.

    Args:
        process: runs the program.
        recording: whether calls made one by one are recorded, to be made ahead of other samples.
    """

    def __init__(self, process: Process, recording: bool = False) -> None:
        self._channel = Channel(process)
        self._loop = SharedLoop(lambda operation, *operands: self.ask(f"loop_{operation}", *operands))
        self._in_loop = self._uses_loops = False
        self._translator = Translator(self, lambda: self._recorder.drop(), self._loop)  # noqa: PLW0108 - it is made later
        self._names = Names(self._translator)
        self._conversation = Conversation(self._channel, self._translator, self._names)
        self._recorder = CallRecorder(self._names, recording)
        self._reader = AnswerReader(self._translator)
        self._ahead = CallsAhead(self._channel.receive, self._reader, self._recorder)
        self._asking: Any = threading.RLock()
        self._environment: Environment | None = None
        self._shared: tuple[ReplacedAttributes | Settings | FakeModules, ...] = ()
        self._unmet: list[BaseException] = []
        self._generators = SeededGenerators()
        self.evaluator: Any = None
        """Evaluates what tests evaluate, where it may be the program's; see :mod:`.evaluating`."""
        self.shares_random = False
        """Whether the program may draw from a generator that the tests seed."""
        self.folder: SharedFolder | None = None
        """The folder that tests and program work in, if the tests use files."""
        self.loaded = False
        """Whether the program has run to its end, so that tests may use it."""
        self.used = False
        """Whether the tests have used anything of the program."""
        self.ended: Stop | None = None
        """The event that decided the sample before its tests were through."""

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
            header: describes the program and its limits.
            batch: calls to be made ahead, as JSON; their values are looked up by :meth:`observed`.
            foresight: calls to be made ahead instead, since the tests will most likely make them one by one.
            copies_do: whether it makes no difference that tests see a copy of an answer as it was right after the call.
            sharing: the parts of the process that the tests share with the program; with any, no calls are made ahead.

        Raises:
            Exception: the program raised it, as in :meth:`ask`.
            Stop: the program's process did not get so far.
        """
        self.used = True  # what goes wrong from here on is no fault of the tests
        calls = self._ahead.begin(batch, foresight, copies_do)
        threads = calls is None and (sharing.threads or names_threads(header["program"]))
        if threads:
            self._conversation = ThreadedConversation(self._channel, self._translator, self._names)
            self._asking = contextlib.nullcontext()
        self._names.allowed = frozenset(header["names"])
        self.shares_random = "random" in header["program"]
        self._uses_loops = "asyncio" in header["program"]
        if sharing.streams:
            self._conversation.output = ProgramOutput()
        if sharing.notices:
            classes = self._translator.exceptions
            self._conversation.noticed = Noticed(classes.class_of, sharing.variables)
        self._conversation.files = self.folder
        header = {**header, "batch": calls is not None, "streams": sharing.streams, "notices": sharing.notices}
        header["threads"] = threads
        header["folder"] = self.folder.folder if self.folder is not None else None
        self._channel.send(pack(header) + (pack_raw(calls) if calls is not None else b""))
        self._reader.value(self._conversation.answer())
        self.loaded = True
        self._conversation.begin()
        if sharing.environment:
            self._environment = Environment()
        if sharing.streams or sharing.notices:
            self._reader.value(self._ask("connect", [read_input, read_line], {}))
        fakes = [FakeModules()] if sharing.fakes else []
        self._shared = (ReplacedAttributes(sharing.modules), *([Settings()] if sharing.settings else ()), *fakes)
        self.used = False

    @property
    def batched(self) -> bool:
        """Whether answers are looked up by :meth:`observed`."""
        return self._ahead.batched

    @deciding
    def name(self, name: str) -> Any:
        """Return the object that the program calls ``name`` at present.

        Raises:
            KeyError: there is none, or the tests do not use that name.
        """
        if name not in self._names and name not in self._names.allowed and name.isidentifier():
            return self._by_text(name)
        self.used = True
        value = self._names[name]
        if self._ahead.active and getattr(type(value), "passgap_number", None) is None:
            raise Diverged  # a call may have changed it
        return value

    def _by_text(self, name: str) -> Any:
        """Return the program's object with a name that the tests compute, as in ``globals()[name]``."""
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
        return self.name(name) if name in self._names else self.ask("name", name)

    def bind(self, name: str, value: Any) -> None:
        """Set an attribute of the program's module."""
        self.ask("bind", name, value)

    def unbind(self, name: str) -> None:
        """Delete an attribute of the program's module."""
        self.ask("unbind", name)

    def available(self, names: Iterable[str]) -> list[str]:
        """Return the names that the program defines among ``names``."""
        return [name for name in names if name in self._names]

    def raised(self, error: BaseException) -> bool:
        """Whether an exception is the program's."""
        return self._reader.raised(error)

    @deciding
    def observed(self, number: int) -> Any:
        """Return the value of call ``number`` of the batch, or raise the exception that it raised."""
        self.used = True
        return self._ahead.observed(number)

    @deciding
    def call(self, function: Any, args: list[Any], keywords: dict[str, Any]) -> Any:
        """Call one of the program's functions and return its value, or raise the exception that it raised.

        Changes that the call makes to lists, dicts and sets among its arguments are made to the tests' objects.
        """
        self.used = True
        if self._ahead.active:
            return self._ahead.foretold(function, args, keywords)
        heap = self._translator.heap
        known = heap.met_again
        self._recorder.add(function, args, keywords)
        answer = self._ask("call", [function, *args], keywords)
        if heap.met_again != known:
            self._recorder.drop()
        value = self._reader.value(answer, calling=True)
        if getattr(type(value), "passgap_number", None) is not None:
            self._recorder.drop()
        return value

    @deciding
    def ask(self, operation: str, *operands: Any) -> Any:
        """Have an operation carried out in the jail and return its value, or raise the exception that it raised."""
        self.used = True
        if self._ahead.active:
            raise Diverged
        self._recorder.drop()
        by_name = leads_by_name(operation, operands)
        answer = self._ask(operation, list(operands), {}, by_name)
        self._translator.by_name = by_name and answer[0] != DECODED
        try:
            return self._reader.value(answer, iterating=operation in ITERATING)
        finally:
            self._translator.by_name = False

    def seed(self, module: str, name: str, *args: Any) -> None:
        """Set the state of a generator of the program as the tests set theirs, by a function of its module."""
        self._generators.seeded(module)
        self.ask("seed", module, name, list(args))

    def unmet(self, error: BaseException) -> None:
        """Note an exception that kept an assertion from being reached."""
        self._unmet.append(error)

    def leave(self, manager: Any, error: BaseException | None) -> bool:
        """Exit a context that the program manages, and return whether it suppressed the exception.

        A failed assertion is the tests' own, and the program is not told of it.
        """
        about = self._told(error)
        suppressed = self.ask("exit", manager, *about)
        return bool(about and suppressed)

    async def leave_async(self, manager: Any, error: BaseException | None) -> bool:
        """Exit an asynchronous context, as :meth:`leave` does."""
        about = self._told(error)
        suppressed = await self.wait("aexit", manager, *about)
        return bool(about and suppressed)

    def _told(self, error: BaseException | None) -> tuple[Any, ...]:
        theirs = isinstance(error, AssertionError) and not self.raised(error)
        if error is None or theirs or any(error is one for one in self._unmet):
            return ()
        return self._translator.table.about(error)

    async def wait(self, operation: str, target: Any, *operands: Any) -> Any:
        """Await an object of the program, or what one of its methods returns."""
        if not _in_running_loop():
            return self.ask(operation, target, *operands)
        outcome = "anext" if operation == "anext" else "outcome"
        return await self._loop.run(lambda: self.ask("loop_start", operation, target, *operands), outcome)

    def class_of_tests(self, extended: list[Any]) -> type | None:
        """Return a class that extends the one of the tests which an object of the program is said to extend."""
        number = next((each[1] for each in extended if each[:1] == [OF_TESTS]), None)
        kind = None if number is None else self._translator.table.get(int(number))
        if not isinstance(kind, type) or not is_of_tests(kind):
            return None
        return extension_of(kind)

    def is_capitalised(self, function: Any) -> bool:
        """Whether the tests know an object by a capitalised name, as classes have, and by nothing else."""
        return self._names.is_capitalised(function.passgap_number)

    @property
    def calls(self) -> list[Call] | None:
        """The calls made one by one so far; None if they do not suit another sample."""
        return self._recorder.calls

    @property
    def behaviour(self) -> str | None:
        """A digest of every answer to a call; None if there was none."""
        return self._reader.behaviour.digest

    def close(self) -> None:
        """Take no more questions of the program."""
        self._conversation.close()

    def _ask(self, operation: str, operands: list[Any], keywords: dict[str, Any], by_name: bool = False) -> Answer:
        """Ask something and return the answer; unless the program has threads, those of the tests ask in turn."""
        with self._asking:
            if self._environment is not None and (changed := self._environment.changes()):
                self._reader.value(self._conversation.ask("environment", [changed], {}))
            for changed_how, parts in (change for shared in self._shared for change in shared.changes()):
                with contextlib.suppress(TypeError, ProgramError):  # a value that no program may be given
                    self._conversation.ask(changed_how, parts, {})
            if self._uses_loops and _in_running_loop() is not self._in_loop:
                self._in_loop = not self._in_loop
                self._conversation.ask("loop_runs", [self._in_loop], {})
            for drawn in self._generators.drawn():
                self._conversation.ask("seed", [*drawn[:2], [drawn[2]]], {})
            answer = self._conversation.ask(operation, operands, keywords, by_name)
            if self._in_loop and not operation.startswith("loop_"):
                self._loop.ensure_pump()
            if self._conversation.noticed is not None:
                self._tell(self._conversation.noticed)
            return answer

    def _tell(self, noticed: Noticed) -> None:
        try:
            noticed.tell()
        except Warning as warning:  # the tests' filters make it an error
            self._reader.note(warning)
            raise


def _in_running_loop() -> bool:
    """Whether tests are being run by an event loop."""
    asyncio: Any = sys.modules.get("asyncio")
    return asyncio is not None and asyncio._get_running_loop() is not None
