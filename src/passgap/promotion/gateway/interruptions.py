"""Events that end a call from outside: its client goes away, or an upstream takes too long."""

from __future__ import annotations

import asyncio
from enum import StrEnum


class Cause(StrEnum):
    """Why a call was interrupted."""

    CLIENT_CLOSED = "client_closed"
    FIRST_BYTE = "first_byte"
    IDLE = "idle"
    TOTAL = "total"


class Interruption:
    """Cancels the task that it is made in, once, and remembers why."""

    def __init__(self) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._task = task
        self.cause: Cause | None = None

    def interrupt(self, cause: Cause) -> None:
        """Cancel the task, unless it was cancelled before."""
        if self.cause is None:
            self.cause = cause
            self._task.cancel()

    def caught(self) -> bool:
        """Take back a cancellation that came from here, when it arrives; whether it did."""
        if self.cause is None:
            return False
        self._task.uncancel()
        return True


LOOK_SECONDS = 0.05
"""How often the time limits of all calls are looked at: the precision of a time-out."""


class Deadlines:
    """The time limits in force. One timer looks at all of them: a timer per call would cost more than it decides."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._limits: set[TimeLimits] = set()
        self._timer: asyncio.TimerHandle | None = None

    def now(self) -> float:
        """The time, in seconds, on the clock of the event loop."""
        return self._loop.time()

    def add(self, limits: TimeLimits) -> None:
        """Look at these from now on."""
        self._limits.add(limits)
        if self._timer is None:
            self._timer = self._loop.call_later(LOOK_SECONDS, self._look)

    def discard(self, limits: TimeLimits) -> None:
        """Look at these no more."""
        self._limits.discard(limits)

    def _look(self) -> None:
        now = self._loop.time()
        for each in tuple(self._limits):
            each.check(now)
        self._timer = self._loop.call_later(LOOK_SECONDS, self._look) if self._limits else None


class TimeLimits:
    """The time that an upstream has: until its answer begins, between two parts of it, and altogether."""

    def __init__(
        self, deadlines: Deadlines, interruption: Interruption, first_byte: float, idle: float, total: float
    ) -> None:
        self._deadlines = deadlines
        self._interruption = interruption
        self._idle = idle
        now = deadlines.now()
        self._end = now + total
        self._due = now + first_byte
        self._cause = Cause.FIRST_BYTE
        deadlines.add(self)

    def arrived(self) -> None:
        """A part of the answer has arrived, and the next is awaited."""
        self._due, self._cause = self._deadlines.now() + self._idle, Cause.IDLE

    def passing_on(self) -> None:
        """The client is awaited, not the upstream: a slow client is no idle upstream."""
        self._due = self._end

    def shorten(self, seconds: float) -> None:
        """Leave this much time for what is left of the answer."""
        self._end = min(self._end, self._deadlines.now() + seconds)

    def stop(self) -> None:
        """The call has ended."""
        self._deadlines.discard(self)

    def check(self, now: float) -> None:
        """Interrupt the call where its time is over."""
        if now >= self._end:
            self._interruption.interrupt(Cause.TOTAL)
        elif now >= self._due:
            self._interruption.interrupt(self._cause)
