"""What ends a sample before its tests are through: a deadline, a process that is gone, an answer that is none."""

from __future__ import annotations

import signal
import time

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


class Interrupted(Stop):
    """The program raised what is no Exception, and so goes past every test that expects one."""


class ProgramError(Exception):
    """The program raised an exception that tests have no name for, or one that would steer a loop of theirs."""


class ProgramExit(SystemExit):
    """The program asked for the end of its process. Tests may expect that, with the status as ``code``."""

    def __init__(self, text: str) -> None:
        super().__init__(int(text) if text.lstrip("-").isdecimal() else text or None)


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
