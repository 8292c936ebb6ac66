"""Reads a program's answers for its tests: each is a value, or an exception that is raised."""

from __future__ import annotations

from typing import Any

from ..exchange.value_types import Malformed
from ..stops import BadAnswer, Diverged, ProgramError, ProgramStopIteration
from .answers import DECODED, Answer, stands_alone
from .behaviour import Behaviour
from .program_exceptions import ITERATION_EXCEPTIONS
from .translator import Translator


class AnswerReader:
    """Reads the answers of one program.

    Args:
        translator: decodes values.
    """

    def __init__(self, translator: Translator) -> None:
        self._translator = translator
        self._raised: list[BaseException] = []
        self.behaviour = Behaviour()

    def raised(self, error: BaseException) -> bool:
        """Whether an exception is the program's."""
        return any(error is one for one in (*self._raised, *self._translator.exceptions.linked))

    def note(self, error: BaseException) -> None:
        """Take note that an exception is the program's."""
        self._raised.append(error)

    def alone(self, answer: Answer, copies_do: bool) -> Any:
        """Return the value of an answer that was given before its test came to it, and so has to stand alone.

        Raises:
            Diverged: it is an object, whose state later calls may have changed; or it is mutable, and the tests might
                notice that they have a copy.
        """
        if answer[0] == "ok" and not stands_alone(answer[1], copies_do):
            raise Diverged
        if answer[0] == "ok":
            self.behaviour.add(answer[1])
        return self.value(answer, calling=answer[0] != "ok")

    def value(self, answer: Answer, iterating: bool = False, calling: bool = False) -> Any:
        """Return the value of an answer, or raise the exception that it holds.

        Args:
            answer: of the program.
            iterating: whether it was asked for the next item, so that ``StopIteration`` means the end of a loop.
            calling: whether it answers a call, and so is part of the program's behaviour.
        """
        if answer[0] in ("ok", DECODED):
            value = self._translator.decode(answer[1]) if answer[0] == "ok" else answer[1]
            if calling:
                self.behaviour.add_value(value)
            return value
        if answer[0] == "again":
            error = self._exported_exception(answer[1])
            if not iterating and isinstance(error, StopIteration):
                error = ProgramStopIteration(str(error), error.args)
            elif not iterating and isinstance(error, ITERATION_EXCEPTIONS):
                error = ProgramError(f"{type(error).__name__}: {error}")
        else:
            error = self._exception(answer, iterating)
            if calling:
                self.behaviour.add(answer[1][1 if answer[1][0] == "g" else 2])
        self._raised.append(error)
        raise error

    def _exception(self, answer: Answer, iterating: bool) -> BaseException:
        try:
            return self._translator.exceptions.exception(answer, iterating)
        except (Malformed, TypeError, ValueError, LookupError) as error:
            raise BadAnswer(f"a malformed exception: {error}") from None

    def _exported_exception(self, number: Any) -> BaseException:
        try:
            error = self._translator.table.get(number)
        except LookupError:
            error = None
        if not isinstance(error, BaseException):
            raise BadAnswer("an exception that the tests did not raise")
        return error
