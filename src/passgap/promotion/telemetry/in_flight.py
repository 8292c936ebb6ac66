"""The calls in flight, in a file that a killed gateway leaves behind.

A call is written down before its request is sent to an upstream, and struck out when its row is with the kernel.
What is left when a gateway is killed is what it did not finish: :func:`read_back` makes a row of each, with the outcome
``gateway_killed``, so that every call and every copy has one row after any end of a gateway.

The file has slots of one page each that are written in place: its size is that of the most calls at once, its space is
taken from the disk beforehand, and a write within one page is there as a whole or not at all when a process is killed.
"""

from __future__ import annotations

import datetime as dt
import os
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from pydantic import ValidationError

from passgap.paths import AnyPath
from passgap.promotion.telemetry.rows import CallRow
from passgap.store.file_lock import hold

SLOT = 4096
"""Bytes of a slot: a page, which the kernel copies in one piece."""

_PREFIX = "in-flight."
_AT_ONCE = 256
"""Slots by which the file grows."""

_ID = re.compile(rb'"request_id":"([^"]+)"')
_ID_WITHIN = 200
"""Bytes at the beginning of a row that hold its id."""


class InFlight:
    """The calls in flight of one gateway, which holds a lock on their file for as long as it lives.

    Args:
        folder: of the telemetry.
        instance: the name of the gateway in the names of its files.

    Raises:
        OSError: the file cannot be made.
    """

    def __init__(self, folder: AnyPath, instance: str) -> None:
        self._path = Path(folder) / f"{_PREFIX}{instance}"
        self._descriptor = _locked(self._path)
        self._free: list[int] = []
        self._taken: set[int] = set()
        self._size = 0
        self._unsettled: list[int] = []
        self._grow()

    def add(self, row: bytes) -> int | None:
        """Write down the row that a call gets if it never ends; return its slot, or None where it cannot be kept."""
        if len(row) >= SLOT or (not self._free and not self._grow()):
            return None
        slot = self._free.pop()
        try:
            written = os.pwrite(self._descriptor, row + b"\n", slot * SLOT)
        except OSError:
            written = 0
        if written != len(row) + 1:
            self._strike(slot)
            return None
        self._taken.add(slot)
        return slot

    def done(self, slot: int, *, settled: bool) -> None:
        """Strike a call out that has its row.

        Args:
            slot: of the call.
            settled: whether the kernel has the row; otherwise the call stays until :meth:`settle`.
        """
        if settled:
            self._strike(slot)
        else:
            self._unsettled.append(slot)

    def settle(self) -> None:
        """Strike out the calls whose rows had to wait: the kernel has them now."""
        while self._unsettled:
            self._strike(self._unsettled.pop())

    def close(self) -> None:
        """Delete the file, unless a call is left in it that has no row."""
        if not self._taken:
            self._path.unlink(missing_ok=True)
        os.close(self._descriptor)

    def _strike(self, slot: int) -> None:
        self._taken.discard(slot)
        with suppress(OSError):  # a slot that cannot be struck out is not used again, and its call has its row
            os.pwrite(self._descriptor, b"\n", slot * SLOT)
            self._free.append(slot)

    def _grow(self) -> bool:
        try:
            _reserve(self._descriptor, self._size * SLOT, _AT_ONCE * SLOT)
        except OSError:
            return False
        self._free.extend(range(self._size + _AT_ONCE - 1, self._size - 1, -1))
        self._size += _AT_ONCE
        return True


def _reserve(descriptor: int, begin: int, size: int) -> None:
    """Take space from the disk, where the system knows how."""
    try:
        os.posix_fallocate(descriptor, begin, size)
    except AttributeError:
        os.ftruncate(descriptor, begin + size)


def _locked(path: Path) -> int:
    """A descriptor of the file with a lock on it; one that was deleted before it was locked is made anew."""
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        hold(descriptor)
        with suppress(FileNotFoundError):
            if path.stat().st_ino == os.fstat(descriptor).st_ino:
                return descriptor
        os.close(descriptor)


def read_back(folder: AnyPath) -> int:
    """Write the rows of the calls that killed gateways left, each once, to the files of those gateways.

    A gateway that lives is left alone. A reading that is killed itself is done again by the next one: a call whose row
    is there already gets none.

    Args:
        folder: of the telemetry.

    Returns:
        The number of rows.

    Raises:
        OSError: the rows cannot be written; the calls are kept for the next reading.
    """
    count = 0
    for path in sorted(Path(folder).glob(f"{_PREFIX}*")):
        with suppress(FileNotFoundError):
            descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)  # a lock over NFS asks for writing
            try:
                if hold(descriptor, wait=False):
                    count += _read_back(path)
                    path.unlink()
            finally:
                os.close(descriptor)
    return count


def _read_back(path: Path) -> int:
    instance = path.name.removeprefix(_PREFIX)
    by_file: dict[str, dict[str, bytes]] = {}
    for row, line in _left(path):
        day = row.time.astimezone(dt.UTC).date().isoformat()
        by_file.setdefault(f"calls-{day}.{instance}.jsonl", {})[row.request_id] = line
    return sum(_append(path.parent / name, lines) for name, lines in by_file.items())


def _left(path: Path) -> Iterator[tuple[CallRow, bytes]]:
    """The calls that are not struck out; one that is not whole was not sent."""
    with path.open("rb") as handle:
        while slot := handle.read(SLOT):
            line = slot.partition(b"\n")[0]
            if line.startswith(b"{"):
                with suppress(ValidationError):
                    yield CallRow.model_validate_json(line), line


def _append(path: Path, lines: dict[str, bytes]) -> int:
    """Append the lines whose ids a file of rows does not have, in place of a last line that was cut off by the kill."""
    end = 0
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "rb+") as handle:
        for line in handle:
            if line.endswith(b"\n"):
                end += len(line)
                named = _ID.search(line, 0, _ID_WITHIN)
                if named is not None:
                    lines.pop(named[1].decode(), None)
        handle.truncate(end)
        handle.seek(end)
        handle.write(b"".join(line + b"\n" for line in lines.values()))
    return len(lines)
