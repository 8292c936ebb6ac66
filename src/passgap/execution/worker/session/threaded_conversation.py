"""Asks one program from several threads of the tests, while threads of the program may use objects of the tests.

Only one side sends a message at a time, as in :class:`.conversation.Conversation`. But the program may answer that a
question is parked, and while a question of the program is dealt with, other threads may ask.
"""

from __future__ import annotations

import itertools
import threading
from typing import Any

from ..inside.threads import MAIN, PATIENCE
from ..processes.unpatched import monotonic, sleep
from ..stops import BadAnswer, Stop
from .answers import DECODED, Answer, checked
from .conversation import Conversation

SHORTEST_PAUSE, LONGEST_PAUSE = 0.0002, 0.003
"""Seconds between two looks for the answer to a parked question."""
IDLE_SECONDS = 0.003
"""Seconds between two looks for questions of a program that nobody is asking anything."""


class ThreadedConversation(Conversation):
    """Asks one program from several threads."""

    def begin(self) -> None:
        """Begin to take questions of the program's threads, now that it is loaded."""
        self._lock = threading.RLock()
        self._numbers = itertools.count()
        self._answers: dict[int, Answer] = {}
        self._open: dict[int, bool] = {}
        """The questions that are not answered yet, and whether each asks for a value by a capitalised name."""
        self._local = threading.local()
        self._main = threading.get_ident()
        self._last = monotonic()
        self._broken: Stop | None = None
        self._closed = False
        threading.Thread(target=self._look, daemon=True).start()

    def close(self) -> None:
        """Stop looking for questions of the program."""
        self._closed = True

    def ask(self, operation: str, operands: list[Any], keywords: dict[str, Any], by_name: bool = False) -> Answer:
        """Ask a question and return the answer, whose value is decoded."""
        with self._lock:
            number = next(self._numbers)
            self._open[number] = by_name
            event = self._exchange(
                ["question", PATIENCE, number, self._key(), *self._question(operation, operands, keywords)]
            )
        pause = SHORTEST_PAUSE
        while True:
            self._deal_with(event)
            with self._lock:
                if number in self._answers:
                    return self._answers.pop(number)
                if self._broken is not None:
                    raise self._broken
            if event[0] == "parked":
                sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE)
            with self._lock:
                if number in self._answers:
                    return self._answers.pop(number)
                event = self._exchange(["poll", PATIENCE])

    def _key(self) -> Any:
        """Return the thread that a question is for: one that waits for a reply, or one that stands for this."""
        serving = getattr(self._local, "serving", None)
        if serving:
            return ["ask", serving[-1]]
        own = threading.get_ident()
        return MAIN if own == self._main else own

    def _exchange(self, message: list[Any]) -> list[Any]:
        """Send a message and return what the program has to say then; called with the lock held."""
        self._send(message)
        event = self._received()
        self._last = monotonic()
        if not event or event[0] not in ("answer", "ask", "parked"):
            raise BadAnswer("a message that is not an answer")
        if event[0] == "answer":
            _, number, *answer = event
            if type(number) is not int or number not in self._open:
                raise BadAnswer("an answer to nothing")
            self._answers[number] = self._decoded(checked(answer), self._open.pop(number))
        elif event[0] == "ask":
            _, number, *rest = event
            if type(number) is not int:
                raise BadAnswer("a malformed question")
            return ["ask", number, self._translator.table.read(["ask", *rest])]
        return event

    def _decoded(self, answer: Answer, by_name: bool) -> Answer:
        if answer[0] != "ok":
            return answer
        self._translator.by_name = by_name
        try:
            return [DECODED, self._translator.decode(answer[1])]
        finally:
            self._translator.by_name = False

    def _deal_with(self, event: list[Any]) -> None:
        """Do what the program asks for, and what it asks for after that; others may ask meanwhile."""
        while event[0] == "ask":
            _, number, request = event
            if not hasattr(self._local, "serving"):
                self._local.serving = []
            self._local.serving.append(number)
            try:
                performed = self._translator.table.perform(request)
            finally:
                self._local.serving.pop()
            with self._lock:
                event = self._exchange(["reply", PATIENCE, number, *self._translator.table.reply(performed)])

    def _look(self) -> None:
        """Deal with the questions of the program's threads while no thread of the tests asks anything."""
        try:
            while not self._closed:
                sleep(IDLE_SECONDS)
                with self._lock:
                    if self._closed or monotonic() - self._last < IDLE_SECONDS:
                        continue
                    event = self._exchange(["poll", 0.0])
                self._deal_with(event)
        except Stop as stop:
            self._broken = stop
        except Exception:  # noqa: BLE001 - the sample is over, and the process is gone
            self._closed = True
