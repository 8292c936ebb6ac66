"""The files of a checkpoint and their hashes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from passgap.promotion.registry.manifest import FileEntry


def hash_files(folder: Path) -> tuple[FileEntry, ...]:
    """The hash and size of every file of a folder, by its path in it. Links are followed, as engines do."""
    return tuple(_entry(folder, path) for path in sorted(folder.rglob("*")) if path.is_file())


def changed_files(folder: Path, files: Sequence[FileEntry]) -> Iterator[str]:
    """Yield every difference between a folder and the files that it should hold."""
    wanted = {each.name: each for each in files}
    here = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    for path in sorted(folder.rglob("*")):
        if path.is_symlink() and path.is_dir():
            yield f"{path} is a link to a folder, whose files have no hash"
    for name in sorted(wanted.keys() - here.keys()):
        yield f"{folder / name} is missing"
    for name in sorted(here.keys() - wanted.keys()):
        yield f"{folder / name} was added"
    for name in sorted(wanted.keys() & here.keys()):
        if here[name].stat().st_size != wanted[name].bytes or _entry(folder, here[name]) != wanted[name]:
            yield f"{folder / name} was changed"


def _entry(folder: Path, path: Path) -> FileEntry:
    with path.open("rb") as handle:
        digest = hashlib.file_digest(handle, "sha256").hexdigest()
    return FileEntry(name=path.relative_to(folder).as_posix(), sha256=digest, bytes=path.stat().st_size)
