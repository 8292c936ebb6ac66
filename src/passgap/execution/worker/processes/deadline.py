"""The wall-clock deadline of a sample, which is extended while the tests themselves work."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Callable

from ..stops import DeadlineReached
from .unpatched import monotonic, open_file, thread_time

AFTER_FAILURE_SECONDS = 1.0
"""Processor time left for the other tests once one has failed: the verdict stands, only the pass vector may grow."""
CLOCK_FACTOR = 4.0
CLOCK_EXTRA_SECONDS = 4.0
OWN_SHARE = 3.0
"""How much longer the clock may run for the tests' own work, as a share of the time without it."""
AGAIN_SECONDS = 0.2


def clock_seconds(seconds: float) -> float:
    """Return how long, in seconds by the clock, a program may take whose limit is ``seconds`` of processor time."""
    return CLOCK_FACTOR * seconds + CLOCK_EXTRA_SECONDS


def ready_seconds() -> float:
    """Return for how many seconds this thread has run, or was ready to if the kernel reports that (SCHED_INFO)."""
    with contextlib.suppress(OSError, ValueError), open_file("/proc/thread-self/schedstat", "rb", buffering=0) as file:
        ran, waited = file.read(64).split()[:2]
        return (int(ran) + int(waited)) / 1e9
    return thread_time()


class Deadline:
    """Raises :class:`DeadlineReached` in the main thread once the time by the clock is up, until it is noticed.

    The limit that counts is on the program's processor time, which :class:`.watch.Watch` enforces. The deadline ends
    programs that sleep or are not run. The time in which this thread works, for the tests, or waits for a processor is
    granted on top, up to :data:`OWN_SHARE`.

    Args:
        seconds: the limit of processor time.
        shorten: lowers that limit to so many seconds from now on.
    """

    def __init__(self, seconds: float, shorten: Callable[[float], None] = lambda seconds: None) -> None:
        self._seconds = clock_seconds(seconds)
        self._shorten = shorten
        self._began_own = ready_seconds()
        self.began = monotonic()
        self.reached = False

    def __enter__(self) -> Deadline:
        signal.signal(signal.SIGALRM, self._ring)
        self._began_own = ready_seconds()
        self.began = monotonic()
        signal.setitimer(signal.ITIMER_REAL, self._seconds, AGAIN_SECONDS)
        return self

    def __exit__(self, *exc: object) -> None:
        signal.setitimer(signal.ITIMER_REAL, 0)

    def shorten(self, seconds: float) -> None:
        """Let the program use at most ``seconds`` of processor time from now on, and shorten the deadline too."""
        self._shorten(seconds)
        if clock_seconds(seconds) < self._left():
            self._seconds -= self._left() - clock_seconds(seconds)
            signal.setitimer(signal.ITIMER_REAL, self._left(), AGAIN_SECONDS)

    @property
    def seconds(self) -> float:
        """Seconds since the beginning, by the clock."""
        return monotonic() - self.began

    @property
    def own(self) -> float:
        """Seconds since the beginning in which this thread ran, or was ready to."""
        return ready_seconds() - self._began_own

    def _left(self) -> float:
        return self._seconds - self.seconds + min(self.own, OWN_SHARE * self._seconds)

    def _ring(self, signum: int, frame: object) -> None:
        if not self.reached and (left := self._left()) > 0:
            signal.setitimer(signal.ITIMER_REAL, max(left, 0.01), AGAIN_SECONDS)
            return
        self.reached = True
        raise DeadlineReached
