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


class TimeLimits:
    """The time that an upstream has: until its answer begins, between two parts of it, and altogether.

    One timer serves a whole call: what arrives moves the time that is due, not the timer.
    """

    def __init__(self, interruption: Interruption, first_byte: float, idle: float, total: float) -> None:
        self._loop = asyncio.get_running_loop()
        self._interruption = interruption
        self._idle = idle
        now = self._loop.time()
        self._end = now + total
        self._due = now + first_byte
        self._cause = Cause.FIRST_BYTE
        self._set(self._loop.time())

    def arrived(self) -> None:
        """A part of the answer has arrived, and the next is awaited."""
        self._due, self._cause = self._loop.time() + self._idle, Cause.IDLE
        if self._due < self._timer.when():
            self._timer.cancel()
            self._set(self._loop.time())

    def passing_on(self) -> None:
        """The client is awaited, not the upstream: a slow client is no idle upstream."""
        self._due = self._end

    def shorten(self, seconds: float) -> None:
        """Leave this much time for what is left of the answer."""
        self._end = min(self._end, self._loop.time() + seconds)
        self._timer.cancel()
        self._set(self._loop.time())

    def stop(self) -> None:
        """The call has ended."""
        self._timer.cancel()

    def _set(self, now: float) -> None:
        self._timer = self._loop.call_at(max(now, min(self._due, self._end)), self._check)

    def _check(self) -> None:
        now = self._loop.time()
        if now >= self._end:
            self._interruption.interrupt(Cause.TOTAL)
        elif now >= self._due:
            self._interruption.interrupt(self._cause)
        else:
            self._set(now)
