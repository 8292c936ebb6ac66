"""The files that a program is run from: what a build left of it, or its sources."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

Entry = tuple[str, int, int, int]
"""A file: its path, its mode, and the place and number of its bytes in what the descriptor holds."""
MODE = 0o644


class Artefact:
    """Files behind one descriptor, which runs copy them from: no run sees what another one made of its copy."""

    def __init__(self, entries: list[Entry], descriptor: int) -> None:
        self.entries = entries
        self.descriptor = descriptor

    def close(self) -> None:
        """Release the files. Safe to call twice."""
        if self.descriptor >= 0:
            os.close(self.descriptor)
        self.descriptor = -1

    def __enter__(self) -> Artefact:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


def artefact_of(files: Mapping[str, str | bytes]) -> Artefact:
    """Return an artefact that holds files, given by path."""
    descriptor = os.memfd_create("passgap-artefact", os.MFD_CLOEXEC)
    entries: list[Entry] = []
    place = 0
    for path, content in files.items():
        data = content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content
        write_all(descriptor, data)
        entries.append((path, MODE, place, len(data)))
        place += len(data)
    return Artefact(entries, descriptor)


def write_all(descriptor: int, data: bytes) -> None:
    """Write all of some bytes."""
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def checked_entries(entries: Any, most: int) -> list[Entry]:
    """Return entries that a build's process sent, which a compiler in the hands of a program may have written.

    Raises:
        ValueError: they are not entries of files below the program's folder, of ``most`` bytes together.
    """
    found: list[Entry] = []
    for entry in entries:
        path, mode, place, size = entry
        if not (isinstance(path, str) and all(type(number) is int and number >= 0 for number in (mode, place, size))):
            raise ValueError("not an entry")
        if path.startswith("/") or ".." in path.split("/") or "\0" in path:
            raise ValueError(f"{path!r} is not a path below the program's folder")
        found.append((path, mode & 0o777, place, size))
    if sum(entry[3] for entry in found) > most:
        raise ValueError(f"it has more than {most >> 20} MiB")
    return found
