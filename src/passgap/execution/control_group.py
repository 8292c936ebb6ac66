"""A memory control group around one worker's jail, where this process may make one."""

from __future__ import annotations

import contextlib
import itertools
import os
import time
from pathlib import Path

ROOT = Path("/sys/fs/cgroup")
OVERHEAD_BYTES = 512 << 20
"""Bytes granted for the jail's own processes and for memory of the last sample that is still being freed."""
_numbers = itertools.count()


class ControlGroup:
    """A control group for one worker, by which the kernel backs up each sample's own limit.

    Use :func:`make`.
    """

    def __init__(self, folder: Path, limit_file: str) -> None:
        self._folder = folder
        self._limit_file = folder / limit_file
        self._limit = 0

    @property
    def entries(self) -> list[str]:
        """The files to which a process writes its number to join."""
        return [str(self._folder / "cgroup.procs")]

    def allow(self, memory_bytes: int) -> None:
        """Raise the limit to what a job needs; it is never lowered, since an earlier job may still be running."""
        limit = memory_bytes + OVERHEAD_BYTES
        if limit > self._limit:
            self._limit_file.write_text(str(limit))
            self._limit = limit

    def remove(self) -> None:
        """Remove the group once its last process is gone."""
        for _ in range(100):
            with contextlib.suppress(FileNotFoundError):
                try:
                    self._folder.rmdir()
                except OSError:
                    time.sleep(0.01)
                    continue
            return


def make() -> ControlGroup | None:
    """Make a group below this process's own; return None if that is not allowed.

    Version 2 needs a delegated subtree with its memory controller enabled; version 1 needs a writable memory hierarchy.
    """
    name = f"passgap-{os.getpid()}-{next(_numbers)}"
    for parent, limit_file in _candidates():
        _remove_stale(parent)
        folder = parent / name
        try:
            folder.mkdir()
        except OSError:
            continue
        group = ControlGroup(folder, limit_file)
        try:
            group.allow(1)
        except OSError:
            group.remove()
            continue
        return group
    return None


def _remove_stale(parent: Path) -> None:
    """Remove the groups of pools that were killed before they could; one that still holds a process stays."""
    for folder in parent.glob("passgap-*-*"):
        owner = folder.name.split("-")[1]
        if owner.isdigit() and not Path("/proc", owner).exists():
            with contextlib.suppress(OSError):
                folder.rmdir()


def _candidates() -> list[tuple[Path, str]]:
    candidates = []
    try:
        lines = Path("/proc/self/cgroup").read_text(encoding="utf-8").splitlines()
    except OSError:
        return []
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if not controllers:
            own = ROOT / path.lstrip("/")
            candidates += [(own, "memory.max"), (own.parent, "memory.max")]
        elif "memory" in controllers.split(","):
            candidates.append((ROOT / "memory" / path.lstrip("/"), "memory.limit_in_bytes"))
    return [(parent, name) for parent, name in candidates if ROOT in (parent, *parent.parents)]


def available() -> bool:
    """Whether a group can be made here."""
    group = make()
    if group is None:
        return False
    group.remove()
    return True
