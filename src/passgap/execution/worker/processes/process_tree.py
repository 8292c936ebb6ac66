"""Memory and processor time of all processes of a sample together, from /proc: per-process limits do not add up."""

from __future__ import annotations

import contextlib
import os
from typing import NamedTuple

from .unpatched import getloadavg, listdir, open_file

PAGE = os.sysconf("SC_PAGE_SIZE")
TICKS = os.sysconf("SC_CLK_TCK")
"""Clock ticks per second, in which the kernel reports processor time."""
CORES = os.cpu_count() or 1
WAITING_SHARE = 0.1
"""The share of its time that a process may have waited for a processor before it counts as held up."""
BUSY_LOAD = 1.5
"""Runnable processes per core from which on the machine counts as busy."""


class Seen(NamedTuple):
    """One process at one time; times in clock ticks."""

    parent: int
    began: int
    own: int
    """Processor time of its threads, user and system."""
    waited: int
    """The same for the children that it has waited for, and for theirs."""
    resident: int
    """In bytes. Pages shared after a fork count once per process: an upper bound, by a few MiB per process."""


class ProcessorTime:
    """Adds up the processor time of a process tree over many looks.

    The time of a child that ended counts as soon as its parent has waited for it. If nobody waits for it, because its
    parent ignores the signal, the time that was seen while it lived counts.
    """

    def __init__(self) -> None:
        self._last: dict[int, Seen] = {}
        self._ticks = 0

    @property
    def seconds(self) -> float:
        return self._ticks / TICKS

    def add(self, tree: dict[int, Seen]) -> None:
        """Take a new look into account."""
        known = {pid: seen for pid, seen in self._last.items() if pid in tree and tree[pid].began == seen.began}
        counted = dict.fromkeys(tree, 0)
        """The time of ended processes that is counted already, by the process that may now have waited for them."""
        for pid, seen in self._last.items():
            if pid not in known:
                heir = self._heir(seen.parent, known)
                if heir:
                    counted[heir] += seen.own + seen.waited
        for pid, now in tree.items():
            before = known.get(pid)
            self._ticks += now.own - (before.own if before else 0)
            self._ticks += max(0, now.waited - (before.waited if before else 0) - counted[pid])
        self._last = tree

    def _heir(self, pid: int, alive: dict[int, Seen]) -> int:
        """Return the nearest ancestor that is still alive; 0 if there is none."""
        for _ in self._last:
            if pid in alive or pid not in self._last:
                break
            pid = self._last[pid].parent
        return pid if pid in alive else 0


def tree_of(root: int) -> dict[int, Seen]:
    """Return a process and everything below it."""
    found: dict[int, Seen] = {}
    waiting = [root]
    while waiting:
        pid = waiting.pop()
        with contextlib.suppress(OSError):
            with open_file(f"/proc/{pid}/stat", "rb") as file:
                fields = file.read().rpartition(b")")[2].split()
            own, waited = int(fields[11]) + int(fields[12]), int(fields[13]) + int(fields[14])
            found[pid] = Seen(int(fields[1]), int(fields[19]), own, waited, int(fields[21]) * PAGE)
            waiting += children_of(pid)
    return found


def number_of(handle: int) -> int:
    """Return the process number, in this namespace, behind a pidfd; 0 or less if the process is gone."""
    with contextlib.suppress(OSError), open_file(f"/proc/self/fdinfo/{handle}", encoding="ascii") as file:
        for line in file:
            if line.startswith("Pid:"):
                return int(line[4:])
    return 0


def can_see_children() -> bool:
    """Whether the kernel lists the children of a process (CONFIG_PROC_CHILDREN)."""
    return os.path.exists(f"/proc/self/task/{os.getpid()}/children")


def children_of(pid: int) -> list[int]:
    """Return the processes that the threads of a process have started and not waited for."""
    found: list[int] = []
    for thread in listdir(f"/proc/{pid}/task"):
        with contextlib.suppress(OSError), open_file(f"/proc/{pid}/task/{thread}/children", "rb") as file:
            found += map(int, file.read().split())
    return found


def held_up(root: int, seconds: float, own: float = 0.0) -> bool:
    """Whether other work on this machine may have kept a process, or one below it, from running for ``seconds``.

    That is so if its threads were ready for a good part of that time without being run. If that does not tell
    everything, because children came and went or this process itself worked for ``own`` seconds in between, a machine
    that is busy as a whole is enough. A program that did nothing but sleep was not held up, on the busiest machine.
    """
    tree = tree_of(root)
    waits = [waited_for_processor(pid) for pid in tree]
    waited = sum(wait for wait in waits if wait is not None)
    if waited > WAITING_SHARE * seconds:
        return True
    all_told = None not in waits and not any(seen.waited for seen in tree.values()) and own <= WAITING_SHARE * seconds
    return not all_told and getloadavg()[0] > BUSY_LOAD * CORES


def waited_for_processor(pid: int) -> float | None:
    """Return for how many seconds the threads of a process were ready and not run; None if the kernel does not say."""
    total = 0
    try:
        for thread in listdir(f"/proc/{pid}/task"):
            with open_file(f"/proc/{pid}/task/{thread}/schedstat", "rb") as file:
                total += int(file.read().split()[1])
    except OSError:
        return None
    return total / 1e9
