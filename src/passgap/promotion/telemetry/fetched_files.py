"""The files of telemetry that came from gateways on other machines, beside those of this one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from passgap.store.file_lock import hold

_LIST = "fetched-files"
"""Names the files that were fetched: all others are this machine's own, and are never written to."""


class Fetched:
    """Which files were fetched, in a file that is held for as long as a fetching lasts."""

    def __init__(self, handle: Any) -> None:
        self._handle = handle
        self._names = set(handle.read().split())

    def may_write(self, path: Path) -> bool:
        """Whether a file is no gateway's of this machine; one that is not there yet is noted first."""
        if path.name not in self._names and not path.exists():
            self._handle.write(f"{path.name}\n")
            self._handle.flush()
            self._names.add(path.name)
        return path.name in self._names


@contextmanager
def fetched_files(folder: Path) -> Iterator[Fetched]:
    """Hold the list of a folder's fetched files."""
    descriptor = os.open(folder / _LIST, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "a+", encoding="utf-8") as handle:
        hold(descriptor)
        handle.seek(0)
        yield Fetched(handle)


def without_torn_line(path: Path) -> int:
    """Cut off the last line of a file if a fetching was killed while it wrote it; return the size."""
    size = path.stat().st_size if path.exists() else 0
    if size == 0:
        return 0
    with path.open("rb+") as handle:
        at = size
        while at > 0:
            begin = max(0, at - 65536)
            handle.seek(begin)
            found = handle.read(at - begin).rfind(b"\n")
            if found >= 0:
                at = begin + found + 1
                break
            at = begin
        handle.truncate(at)
    return at
