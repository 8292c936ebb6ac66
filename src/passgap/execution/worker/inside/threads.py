"""Lets several threads, of the tests and of the program, use objects of the other side at the same time.

Still only one side sends a message at a time. A question is carried out by a thread that stands for the thread of the
tests that asked it. If it is not done soon, the judge is told that it is parked, and may ask something else.
"""

from __future__ import annotations

import itertools
import os
import threading
from _queue import Empty, SimpleQueue
from collections.abc import Callable
from typing import Any

PATIENCE = 0.005
"""Seconds for which the judge waits for an answer before others may ask."""
STACKS = {True: 64 << 20, False: 8 << 20}
"""Bytes of a thread's stack, of the one that stands for the tests' main thread and of others."""
MAIN = 0
Work = Callable[[], Any]


class Threads:
    """The threads of one sample's process that answer the judge.

    Args:
        read: returns the judge's next message, None at the end.
        send: sends a message, given as (kind, number, what to encode).
        prepare: decodes a question, and returns the function that carries it out.
        receive: decodes the reply to a question of the program, and returns (value, exception).
    """

    def __init__(
        self,
        read: Callable[[], Any],
        send: Callable[[str, int, Any], None],
        prepare: Callable[[list[Any]], Work],
        receive: Callable[[list[Any]], tuple[Any, Any]],
    ) -> None:
        self._read, self._send, self._prepare, self._receive = read, send, prepare, receive
        self._events: SimpleQueue[tuple[str, int, Any]] = SimpleQueue()
        self._boxes: dict[Any, SimpleQueue[Any]] = {}
        self._numbers = itertools.count()

    def serve(self) -> None:
        """Serve until the judge hangs up; this thread does nothing but to send and receive."""
        while (message := self._read()) is not None:
            kind, patience, *rest = message
            if kind == "question":
                number, key, *question = rest
                try:
                    self._box(key).put(("question", number, self._prepare(question)))
                except BaseException as error:  # noqa: BLE001 - what cannot be decoded is answered as well
                    self._events.put(("answer", number, (False, error)))
            elif kind == "reply":
                number, *reply = rest
                self._boxes.pop(("ask", number)).put(("reply", number, self._receive(reply)))
            else:
                self._prepare(["poll", [], {}, rest[0]])
            try:
                self._send(*(self._events.get(timeout=patience) if patience else self._events.get_nowait()))
            except Empty:
                self._send("parked", 0, None)

    def _box(self, key: Any) -> SimpleQueue[Any]:
        """Return where a thread looks for what to do: one that waits for a reply, or one that stands for the tests'."""
        key = tuple(key) if type(key) is list else key
        if key not in self._boxes:
            self._boxes[key] = box = SimpleQueue[Any]()
            before = threading.stack_size(STACKS[key == MAIN])
            threading.Thread(target=self._work, args=(box,), daemon=True).start()
            threading.stack_size(before)
        return self._boxes[key]

    def _work(self, box: SimpleQueue[Any]) -> None:
        owner = os.getpid()
        while os.getpid() == owner:
            _, number, work = box.get()
            self._carry_out(number, work)
        os._exit(0)

    def _carry_out(self, number: int, work: Work) -> None:
        try:
            outcome = True, work()
        except BaseException as error:  # noqa: BLE001 - whatever a program raises is its answer
            outcome = False, error
        self._events.put(("answer", number, outcome))

    def ask(self, question: tuple[Any, ...]) -> Any:
        """Ask the judge from any thread, carrying out what its reply depends on."""
        number = next(self._numbers)
        self._boxes["ask", number] = box = SimpleQueue[Any]()
        self._events.put(("ask", number, question))
        while True:
            kind, about, what = box.get()
            if kind == "question":
                self._carry_out(about, what)
                continue
            value, error = what
            if error is not None:
                raise error
            return value
