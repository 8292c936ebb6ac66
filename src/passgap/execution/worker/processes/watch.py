"""Enforces the limits on memory and processor time of all processes of the running sample together."""

from __future__ import annotations

import threading
from typing import Protocol

from .process_tree import ProcessorTime, number_of, tree_of
from .unpatched import monotonic, sleep

WATCH_SECONDS = 0.05
"""Seconds between two looks at a running sample; one that is done by then is never looked at."""


class Watched(Protocol):
    """A process as its watch sees it."""

    handle: int
    peak: int
    over: bool
    late: bool
    allowed: float
    time: ProcessorTime

    def kill(self) -> None: ...


class Watch:
    """A thread that looks at the running sample, and kills it if it has used more than it may."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._process: Watched | None = None
        self._limit = 0
        self._since = 0.0
        threading.Thread(target=self._run, daemon=True).start()

    def begin(self, process: Watched, memory: int, seconds: float) -> None:
        """Watch a process from now on, instead of any other.

        Args:
            process: the first process of a sample.
            memory: bytes that it and its children may hold together.
            seconds: processor time that they may use together.
        """
        with self._lock:
            self._process, self._limit, self._since = process, memory, monotonic()
            process.allowed = seconds

    def finish(self, process: Watched) -> None:
        """Stop watching a process; its pidfd is not used any more."""
        with self._lock:
            if self._process is process:
                self._process = None

    def shorten(self, process: Watched, seconds: float) -> None:
        """Let a process use at most ``seconds`` of processor time from now on."""
        process.allowed = min(process.allowed, self.used(process) + seconds)

    def used(self, process: Watched) -> float:
        """Return the seconds of processor time that a process and its children used; a little less once it ended."""
        with self._lock:
            if self._process is process:
                self._look(process)
        return process.time.seconds

    def _run(self) -> None:
        while True:
            sleep(WATCH_SECONDS)
            with self._lock:
                if self._process is not None and monotonic() - self._since >= WATCH_SECONDS:
                    self._look(self._process)

    def _look(self, process: Watched) -> None:
        number = number_of(process.handle)
        if number <= 0:
            return
        tree = tree_of(number)
        process.time.add(tree)
        process.peak = max(process.peak, sum(seen.resident for seen in tree.values()))
        process.over = process.peak > self._limit
        process.late = not process.over and process.time.seconds > process.allowed
        if process.over or process.late:
            process.kill()
            self._process = None
