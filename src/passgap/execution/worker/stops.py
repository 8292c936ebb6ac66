"""The events that end a sample before its tests are through, and exceptions that stand for a program's own."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


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


class Interrupted(Stop):
    """The program raised what is no Exception, and so goes past every test that expects one."""


class ProgramError(Exception):
    """The program raised an exception that tests have no name for, or one that would steer a loop of theirs."""


class ProgramExit(SystemExit):
    """The program asked for the end of its process. Tests may expect that, with the status as ``code``."""

    def __init__(self, text: str) -> None:
        super().__init__(int(text) if text.lstrip("-").isdecimal() else text or None)


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
