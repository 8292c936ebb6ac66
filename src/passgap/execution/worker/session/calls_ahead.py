"""Calls that are made ahead, all at once; their answers are looked up as the tests come to them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

from ..stops import Diverged
from .answer_reader import AnswerReader
from .answers import Answer, checked
from .foresight import Call, CallRecorder, Foresight


class CallsAhead:
    """The calls that are made ahead of one program's tests, if any are.

    They are read from the tests and numbered (a batch), or foreseen from an earlier sample and met in order.

    Args:
        receive: returns the program's next message; one message holds several answers, in the order of the calls.
        reader: reads answers.
        recorder: describes the calls that tests make.
    """

    def __init__(self, receive: Callable[[], list[Any]], reader: AnswerReader, recorder: CallRecorder) -> None:
        self._receive = receive
        self._reader = reader
        self._recorder = recorder
        self._foreseen: deque[Call] | None = None
        self._copies_do = False
        self._waiting: deque[Answer] = deque()
        """Answers that have arrived and that nobody has asked for yet; their number depends on timing."""
        self._heard: list[Answer] = []
        self.batched = False
        """Whether answers are looked up by :meth:`observed`."""

    def begin(self, batch: bytes | None, foresight: Foresight | None, copies_do: bool) -> bytes | None:
        """Return the calls to be sent, as JSON; None if there are none.

        Args:
            batch: calls whose answers are looked up by :meth:`observed`.
            foresight: calls to be made instead, whose answers are looked up by :meth:`foretold`.
            copies_do: whether answers may be lists and the like, of which the tests get a copy.
        """
        self._copies_do = copies_do
        if batch is not None:
            self.batched = True
        elif foresight is not None:
            self._foreseen = deque(foresight.calls)
            batch = foresight.body
        return batch

    @property
    def active(self) -> bool:
        """Whether calls were made ahead, so that nothing but their answers can be had from the program."""
        return self.batched or self._foreseen is not None

    def observed(self, number: int) -> Any:
        """Return the value of call ``number`` of the batch, or raise the exception that it raised."""
        while len(self._heard) <= number:
            self._next()
        return self._reader.alone(self._heard[number], self._copies_do)

    def foretold(self, function: Any, args: list[Any], keywords: dict[str, Any]) -> Any:
        """Return the value of the call that the tests make now, or raise the exception that it raised.

        Raises:
            Diverged: it is not the next of the calls that were made, or it changed an argument.
        """
        call = self._recorder.described(function, args, keywords)
        if call is None or not self._foreseen or self._foreseen.popleft() != call:
            raise Diverged
        answer = self._next()
        if len(answer) == 3 and answer[2] != call[1]:
            raise Diverged
        return self._reader.alone(answer, self._copies_do)

    def _next(self) -> Answer:
        while not self._waiting:
            self._waiting.extend(map(checked, self._receive()))
        self._heard.append(self._waiting.popleft())
        return self._heard[-1]
