"""The files of repositories that are too many to be held in memory: a file of the cache each, named by its digest.

The file begins with the length of an index and the index itself, so that a run takes what it needs of it by place.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

from passgap.errors import StudyError
from passgap.models.cache import cache_folder, written_whole
from passgap.records import KeptTree

FOLDER = "trees"
"""The folder of the cache that holds them."""
LENGTH_BYTES = 8
LARGEST = 1 << 30
"""The most bytes that the files of one repository may take together."""
EXECUTABLE, PLAIN = 0o755, 0o644


def keep_tree(files: Mapping[str, tuple[bytes, bool]]) -> KeptTree:
    """Write the files of a repository, given by path with whether each is executable, unless the same ones are there.

    Raises:
        StudyError: there are none, they are larger than :data:`LARGEST`, or cannot be written.
    """
    size = sum(len(content) for content, _ in files.values())
    if not files or size > LARGEST:
        raise StudyError(
            f"a repository has {len(files)} files of {size >> 20} MiB", [f"Up to {LARGEST >> 20} MiB are kept."]
        )
    index = _index(files)
    digest = hashlib.sha256(index)
    for path in sorted(files):
        digest.update(files[path][0])
    kept = KeptTree(sha256=digest.hexdigest(), count=len(files), size=size)
    target = tree_path(kept)
    if target.is_file():
        return kept
    with written_whole(target, "a repository") as file:
        file.write(index)
        for path in sorted(files):
            file.write(files[path][0])
    return kept


def _index(files: Mapping[str, tuple[bytes, bool]]) -> bytes:
    """The index with its length before it; the places in it depend on its own length, which is therefore padded."""

    def at(start: int) -> bytes:
        entries, place = [], start
        for path in sorted(files):
            content, executable = files[path]
            entries.append((path, EXECUTABLE if executable else PLAIN, place, len(content)))
            place += len(content)
        return json.dumps(entries, separators=(",", ":")).encode("ascii")

    length = len(at(LARGEST)) + len(files)
    text = at(LENGTH_BYTES + length)
    return length.to_bytes(LENGTH_BYTES, "big") + text.ljust(length)


def read_tree(kept: KeptTree) -> dict[str, tuple[bytes, bool]]:
    """The files of a tree by path, with whether each is executable.

    Raises:
        StudyError: they are not there any more, or the file is damaged.
    """
    path = tree_path(kept)
    if (gone := missing(kept)) is not None:
        raise StudyError("the files of a repository are gone", [gone])
    content = path.read_bytes()
    length = int.from_bytes(content[:LENGTH_BYTES], "big")
    index = content[: LENGTH_BYTES + length]
    try:
        entries = json.loads(index[LENGTH_BYTES:])
    except ValueError as error:
        raise StudyError(f"{path} is damaged", ["Remove it, and load the task set again."]) from error
    digest = hashlib.sha256(index)
    files = {}
    for name, mode, place, size in entries:
        files[name] = (content[place : place + size], mode == EXECUTABLE)
        digest.update(files[name][0])
    if digest.hexdigest() != kept.sha256:
        raise StudyError(f"{path} is damaged", ["Remove it, and load the task set again."])
    return files


def tree_path(kept: KeptTree) -> Path:
    """The file that holds a tree."""
    return cache_folder() / FOLDER / f"{kept.sha256}.tree"


def missing(kept: KeptTree) -> str | None:
    """Say that the files are not there; None where they are."""
    path = tree_path(kept)
    if path.is_file():
        return None
    said = f"the {kept.count} files of a repository are not in {path} any more"
    return f"{said}: load the task set again, and they are written anew"
