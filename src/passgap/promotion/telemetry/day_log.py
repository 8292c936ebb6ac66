"""Appends rows to the files of their days: a row is with the kernel when ``append`` returns, so no kill loses it.

A disk that is full loses none either: the space that was held back is given to the log first, then rows wait in
memory until there is space. A row that was written in part is continued, never begun again.
"""

from __future__ import annotations

import datetime as dt
import os
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from passgap.paths import AnyPath
from passgap.promotion.telemetry.reading import KINDS, day_files
from passgap.promotion.telemetry.rows import CallRow, ContentRow, FeedbackRow

RESERVE = "reserve"
"""The file that holds disk space back."""

Write = Callable[[int, bytes], int]


class DayLog:
    """The files that one gateway appends to. No call of it waits, and none raises for a disk that takes no more.

    Args:
        folder: of the telemetry; it is made if it does not exist.
        instance: the name of this gateway in the names of its files.
        reserve: bytes of disk space to hold back.
        pending: rows that may wait in memory; more are lost and counted.
        write: writes bytes to a descriptor and returns how many it took, as ``os.write`` does.
    """

    def __init__(
        self, folder: AnyPath, instance: str, *, reserve: int = 0, pending: int = 100_000, write: Write = os.write
    ) -> None:
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.lost = 0
        """Rows that were dropped because too many were waiting."""
        self.fault: str | None = None
        """Why the disk took no more, while it takes none."""
        self.instance = instance
        self._reserve = reserve
        self._limit = pending
        self._write = write
        self._descriptors: dict[tuple[str, str], int] = {}
        self._waiting: deque[tuple[tuple[str, str], bytes]] = deque()
        self.hold_back()

    @property
    def waiting(self) -> int:
        """Rows in memory that the disk has not taken."""
        return len(self._waiting)

    def append(self, row: CallRow | FeedbackRow | ContentRow) -> None:
        """Hand a row to the kernel, behind those that wait."""
        self.append_line(KINDS[type(row)], row.time.astimezone(dt.UTC), row.model_dump_json().encode())

    def append_line(self, kind: str, time: dt.datetime, row: bytes) -> None:
        """Hand a row to the kernel that is JSON already.

        Args:
            kind: of the row, as the names of files begin.
            time: of the row, in UTC.
            row: the JSON object.
        """
        file, line = (kind, time.date().isoformat()), row + b"\n"
        if self._waiting and len(self._waiting) >= self._limit:
            self.flush()
            if len(self._waiting) >= self._limit:
                self.lost += 1
                return
        self._waiting.append((file, line))
        self.flush()

    def flush(self) -> None:
        """Write what waits, as far as the disk takes it."""
        while self._waiting:
            file, line = self._waiting[0]
            try:
                written = self._write(self._descriptor(file), line)
            except OSError as error:
                if self._give_way():
                    continue
                self.fault = error.strerror or str(error)
                return
            if written == len(line):
                self._waiting.popleft()
            else:
                self._waiting[0] = (file, line[written:])
        self.fault = None

    def hold_back(self) -> None:
        """Take the reserve from the disk again, where it was given away and there is space."""
        path = self.folder / f"{RESERVE}.{self.instance}"
        if not self._reserve or path.exists():
            return
        with suppress(OSError, AttributeError):
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
            try:
                os.posix_fallocate(descriptor, 0, self._reserve)
            except OSError:
                path.unlink(missing_ok=True)
            finally:
                os.close(descriptor)

    def forget(self, *, before: dt.date, today: dt.date) -> int:
        """Delete the files of days before ``before``, whole, and close those before ``today``; return how many."""
        for file in [each for each in self._descriptors if each[1] < today.isoformat() and not self._waiting]:
            os.close(self._descriptors.pop(file))
        deleted = 0
        for each in day_files(self.folder):
            if each.day < before.isoformat():
                with suppress(OSError):
                    each.path.unlink()
                    deleted += 1
        return deleted

    def close(self) -> None:
        """Write what waits, and close the files."""
        self.flush()
        for descriptor in self._descriptors.values():
            os.close(descriptor)
        self._descriptors.clear()
        (self.folder / f"{RESERVE}.{self.instance}").unlink(missing_ok=True)

    def _descriptor(self, file: tuple[str, str]) -> int:
        found = self._descriptors.get(file)
        if found is None:
            path = self.folder / f"{file[0]}-{file[1]}.{self.instance}.jsonl"
            flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_CLOEXEC", 0)
            found = self._descriptors[file] = os.open(path, flags, 0o600)
        return found

    def _give_way(self) -> bool:
        """Free the reserve; whether there was one."""
        try:
            (self.folder / f"{RESERVE}.{self.instance}").unlink()
        except OSError:
            return False
        return True
