"""A folder of files that both sides of a conversation hold, made equal with every message.

Each side has a folder of the same path, in its own file system. A message carries the files that have changed since the
last one, so that both sides find what they would find in one process. Links are not carried, nor is what Python would
import or load: a judge that works in such a folder must not come upon a module that a program wrote.
"""

from __future__ import annotations

import binascii
import contextlib
import os
import stat
from importlib.machinery import all_suffixes
from os import chdir, chmod, getcwd, lstat, makedirs, mkdir, rmdir, scandir, unlink, utime
from time import time_ns
from typing import Any

from .value_types import Malformed

_open, _open_descriptor = open, os.open  # tests may replace these

Entry = list[Any]
"""[path] of what is gone, [path, mode, None] of a folder, or [path, mode, [modification time, content]] of a file."""
Stamp = tuple[int, int, int, int, int]
"""Mode, inode, size, and the times of modification and of change of a file, in nanoseconds."""

WORK, SCRATCH = "work", "tmp"
"""The working folder, and the one for temporary files."""
MESSAGE_BYTES = 8 << 20
"""The most bytes of files that a message carries; a file for which there is no room is not carried."""
ENTRIES = 1_000
"""The most files and folders that a message carries."""
TOTAL_BYTES = 256 << 20
"""The most bytes of files that one side accepts from the other, all messages together."""
TOTAL_ENTRIES = 20_000
DEPTH = 12
PATH_LENGTH = 512
CLOCK_TICK_NS = 50_000_000
"""A file that changed within this time before it was looked at may change again without a new time stamp."""
LOADED = (*all_suffixes(), ".pth")


class SharedFolder:
    """One side of a shared folder.

    Args:
        folder: its absolute path, the same on both sides.
    """

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self._known: dict[str, tuple[Stamp, int]] = {}
        """Per path the stamp and a hash of the content when both sides were last equal."""
        self._where: str | None = WORK
        self._bytes = self._entries = 0

    def enter(self) -> None:
        """Make the folder's parts, work in it, and have temporary files made in it."""
        for part in (WORK, SCRATCH):
            makedirs(f"{self.folder}/{part}", exist_ok=True)
        chdir(f"{self.folder}/{WORK}")
        os.environ["TMPDIR"] = f"{self.folder}/{SCRATCH}"
        self.changes()

    def changes(self) -> list[Any]:
        """Return what changed since the last message: the working folder, if it is another one, and entries."""
        found: dict[str, Stamp] = {}
        self._walk("", found, 0)
        entries: list[Entry] = [[path] for path in sorted(self._known.keys() - found.keys(), reverse=True)]
        for path in self._known.keys() - found.keys():
            del self._known[path]
        room = MESSAGE_BYTES
        for path, stamp in found.items():
            if len(entries) >= ENTRIES:
                break
            entry = self._entry(path, stamp, room)
            if entry is not None:
                room -= len(entry[2][1]) if entry[2] is not None else 0
                entries.append(entry)
        return [self._moved(), entries]

    def _moved(self) -> str | None:
        """Return the working folder if it is another one than before, relative to this folder."""
        try:
            where = getcwd()
        except OSError:
            return None
        inside = where.removeprefix(self.folder + "/") if where.startswith(self.folder + "/") else None
        if inside == self._where:
            return None
        self._where = inside
        return inside

    def _walk(self, inside: str, found: dict[str, Stamp], depth: int) -> None:
        """Find what is in a folder, each folder before its content."""
        with contextlib.suppress(OSError), scandir(f"{self.folder}/{inside}") as entries:
            for entry in entries:
                path = f"{inside}/{entry.name}" if inside else entry.name
                if len(found) >= TOTAL_ENTRIES or not _is_carried(path):
                    continue
                seen = entry.stat(follow_symlinks=False)
                if stat.S_ISDIR(seen.st_mode) or stat.S_ISREG(seen.st_mode):
                    found[path] = _stamp(seen)
                if stat.S_ISDIR(seen.st_mode) and depth < DEPTH:
                    self._walk(path, found, depth + 1)

    def _entry(self, path: str, stamp: Stamp, room: int) -> Entry | None:
        """Return the entry of a file or folder that changed; None for any other."""
        before, content = self._known.get(path, (None, 0))
        mode = stamp[0]
        if stat.S_ISDIR(mode):
            self._known[path] = (stamp, 0)
            return None if before == stamp else [path, stat.S_IMODE(mode), None]
        fresh = time_ns() - stamp[4] < CLOCK_TICK_NS
        if before == stamp and not fresh:
            return None
        try:
            with _open(f"{self.folder}/{path}", "rb") as file:
                data = file.read(room + 1)
        except OSError:
            return None
        self._known[path] = (stamp, hash(data))
        if len(data) > room or (before == stamp and hash(data) == content):
            return None
        return [path, stat.S_IMODE(mode), [stamp[3], binascii.b2a_base64(data, newline=False).decode("ascii")]]

    def apply(self, changes: Any) -> None:
        """Make the changes that the other side made.

        Raises:
            Malformed: these are not changes as :meth:`changes` returns them, or they are too many.
        """
        moved, entries = changes
        if type(entries) is not list or type(moved) not in (str, type(None)):
            raise Malformed("malformed changes of files")
        self._entries += len(entries)
        if self._entries > TOTAL_ENTRIES:
            raise Malformed("more files than a program may write")
        for entry in entries:
            if type(entry) is not list or len(entry) not in (1, 3) or type(entry[0]) is not str:
                raise Malformed("a malformed file")
            if self._is_inside(entry[0]):
                with contextlib.suppress(OSError):
                    self._make(*entry)
        if moved is not None and self._is_inside(moved):
            with contextlib.suppress(OSError):
                self._where = moved
                chdir(f"{self.folder}/{moved}")

    def _is_inside(self, path: str) -> bool:
        """Whether a path stays in the folder: what is on the way to it are folders, none of them a link."""
        parts = path.split("/")
        if not _is_carried(path) or len(parts) > DEPTH + 2 or any(part in ("", ".", "..") for part in parts):
            return False
        return all(_is_folder(f"{self.folder}/{'/'.join(parts[:end])}") for end in range(1, len(parts)))

    def _make(self, path: str, mode: Any = None, content: Any = None) -> None:
        place = f"{self.folder}/{path}"
        if mode is None:
            self._known.pop(path, None)
            _remove(place)
            return
        if type(mode) is not int:
            raise Malformed("a malformed file")
        mode &= 0o777
        if content is None:
            if not _is_folder(place):
                mkdir(place)
            chmod(place, mode | stat.S_IRWXU)
            self._known[path] = (_stamp(lstat(place)), 0)
        else:
            data = self._write(place, mode, *content)
            self._known[path] = (_stamp(lstat(place)), hash(data))

    def _write(self, place: str, mode: int, modified: Any, content: Any) -> bytes:
        if type(modified) is not int or type(content) is not str:
            raise Malformed("a malformed file")
        try:
            data = binascii.a2b_base64(content, strict_mode=True)
        except ValueError:
            raise Malformed("a malformed file") from None
        self._bytes += len(data)
        if self._bytes > TOTAL_BYTES:
            raise Malformed("more than a program may write")
        with contextlib.suppress(FileNotFoundError):
            if not stat.S_ISREG(lstat(place).st_mode):
                _remove(place)
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
        with _open(_open_descriptor(place, flags, 0o600), "wb") as file:
            file.write(data)
        chmod(place, mode | stat.S_IRUSR | stat.S_IWUSR)
        with contextlib.suppress(OverflowError):
            utime(place, ns=(modified, modified))
        return data


def _is_carried(path: str) -> bool:
    """Whether a file of this name is carried: nothing that Python would import or load."""
    return len(path) <= PATH_LENGTH and "\0" not in path and not path.lower().endswith(LOADED)


def _is_folder(path: str) -> bool:
    try:
        return stat.S_ISDIR(lstat(path).st_mode)
    except OSError:
        return False


def _remove(path: str) -> None:
    if _is_folder(path):
        rmdir(path)
    else:
        unlink(path)


def _stamp(seen: os.stat_result) -> Stamp:
    if stat.S_ISDIR(seen.st_mode):  # its times and size change with its content, which has entries of its own
        return seen.st_mode, seen.st_ino, 0, 0, 0
    return seen.st_mode, seen.st_ino, seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns
