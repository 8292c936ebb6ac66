"""Events that end a sample before its tests are through, and exceptions that stand for those of a program."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class Stop(BaseException):
    """The sample is decided, whatever tests are left. Not an Exception, so that tests do not swallow it."""


class DeadlineReached(Stop):
    """The sample's time is up."""


class ProgramGone(Stop):
    """The program's process ended, or hung up, before its tests were done."""


class BadAnswer(Stop):
    """The program's process sent something that is not an answer."""


class OutOfMemory(Stop):
    """The program reached its memory limit."""


class Diverged(Stop):
    """The tests asked for something else than was made ahead; the sample must be judged again, call by call."""


class Interrupted(Stop):
    """The program raised something that is not an Exception, which no test may expect."""


class ProgramError(Exception):
    """The program raised an exception of an unknown class, or one that would end a loop of the tests."""


class ProgramStopIteration(ProgramError):
    """The ``StopIteration`` that a call raised: as such it would end a loop of the tests; see :mod:`.styles.rewriting`.

    Args:
        text: of the exception.
        args: of the exception, if they are plain.
    """

    def __init__(self, text: str, args: tuple[object, ...]) -> None:
        super().__init__(text)
        self.args = args
        self.value = args[0] if args else None
        self._text = text

    def __str__(self) -> str:
        return f"StopIteration: {self._text}"


class ProgramExit(SystemExit):
    """The program asked to exit. Tests may expect that, with the status as ``code``."""

    def __init__(self, text: str) -> None:
        super().__init__(int(text) if text.lstrip("-").isdecimal() else text or None)


def deciding(method: Callable[P, T]) -> Callable[P, T]:
    """Make a session remember what ended it, even if its tests catch everything (``except:``)."""

    @functools.wraps(method)
    def remembering(*args: P.args, **keywords: P.kwargs) -> T:
        try:
            return method(*args, **keywords)
        except Stop as stop:
            session: Any = args[0]
            session.ended = session.ended or stop
            raise

    return remembering
