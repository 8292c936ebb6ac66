"""The memory of a sample's whole process tree, from /proc: limits for each process alone do not add up."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from typing import Protocol

WATCH_SECONDS = 0.05
"""How often the memory of a running sample is added up; one that is done by then is never looked at."""
PAGE = os.sysconf("SC_PAGE_SIZE")


class Watched(Protocol):
    """A process as its watch sees it."""

    handle: int
    peak: int
    over: bool

    def kill(self) -> None: ...


class Watch:
    """A thread that adds up the memory of the sample that runs, and kills it where it has too much."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: Watched | None = None
        self._limit = 0
        self._since = 0.0
        threading.Thread(target=self._run, daemon=True).start()

    def begin(self, process: Watched, limit: int) -> None:
        """Watch a process from now on, instead of any other."""
        with self._lock:
            self._process, self._limit, self._since = process, limit, time.monotonic()

    def finish(self, process: Watched) -> None:
        """Do not touch a process any more, nor its handle."""
        with self._lock:
            if self._process is process:
                self._process = None

    def _run(self) -> None:
        while True:
            time.sleep(WATCH_SECONDS)
            with self._lock:
                if self._process is not None and time.monotonic() - self._since >= WATCH_SECONDS:
                    self._look(self._process)

    def _look(self, process: Watched) -> None:
        number = number_of(process.handle)
        if number <= 0:
            return
        process.peak = max(process.peak, of_tree(number))
        if process.peak > self._limit:
            process.over = True
            process.kill()
            self._process = None


def number_of(handle: int) -> int:
    """The number here of the process behind a handle; 0 or less where it is gone."""
    with contextlib.suppress(OSError), open(f"/proc/self/fdinfo/{handle}", encoding="ascii") as file:
        for line in file:
            if line.startswith("Pid:"):
                return int(line[4:])
    return 0


def of_tree(root: int) -> int:
    """Return the resident bytes of a process and everything below it.

    Pages shared after a fork count once for each process: an upper bound, by a few MiB a process.
    """
    total, waiting = 0, [root]
    while waiting:
        pid = waiting.pop()
        with contextlib.suppress(OSError):
            with open(f"/proc/{pid}/statm", "rb") as file:
                total += int(file.read().split()[1]) * PAGE
            waiting += children_of(pid)
    return total


def can_see_children() -> bool:
    """Whether the kernel says which processes a process has started (CONFIG_PROC_CHILDREN)."""
    return os.path.exists(f"/proc/self/task/{os.getpid()}/children")


def excesses(group_entries: list[str]) -> int:
    """How often a control group, given by the file to join it, met its own limit; 0 where there is none."""
    for entry in group_entries:
        folder = os.path.dirname(entry)
        with contextlib.suppress(OSError), open(f"{folder}/memory.failcnt", encoding="ascii") as file:
            return int(file.read())
        with contextlib.suppress(OSError), open(f"{folder}/memory.events", encoding="ascii") as file:
            return int(dict(line.split() for line in file)["oom"])
    return 0


def children_of(pid: int) -> list[int]:
    """The processes that the threads of a process have started and not waited for."""
    found: list[int] = []
    for thread in os.listdir(f"/proc/{pid}/task"):
        with contextlib.suppress(OSError), open(f"/proc/{pid}/task/{thread}/children", "rb") as file:
            found += map(int, file.read().split())
    return found
