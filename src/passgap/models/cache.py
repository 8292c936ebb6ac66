"""The folder in which fetched models, cases and repositories are kept."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

import platformdirs

from passgap.errors import StudyError

CACHE_VARIABLE = "PASSGAP_CACHE"

EMBEDDED_FOLDER = "smollm2-135m-instruct-1"
"""The embedded model's folder in the cache; its number rises where it is converted otherwise."""


def cache_folder() -> Path:
    """The folder of the cache: ``$PASSGAP_CACHE``, or passgap's folder in the user's cache."""
    chosen = os.environ.get(CACHE_VARIABLE)
    return Path(chosen) if chosen else Path(platformdirs.user_cache_dir("passgap"))


@contextmanager
def cache_lock(name: str) -> Iterator[None]:
    """Let one process at a time fill a place in the cache; the others wait and find it filled.

    The system frees the lock when the process ends, however it ends.
    """
    from filelock import FileLock  # noqa: PLC0415 - only for a fetch; most commands read the folder's name alone

    folder = cache_folder()
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / f".{name}.lock"):
        yield


@contextmanager
def written_whole(target: Path, noun: str) -> Iterator[BinaryIO]:
    """Write a file of the cache, which is there whole when the block ends, or not at all.

    Args:
        target: the file.
        noun: what is written, for the message where it cannot be.

    Raises:
        StudyError: it cannot be written.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        descriptor, written = tempfile.mkstemp(dir=target.parent, prefix=f".{target.stem}-")
        try:
            with os.fdopen(descriptor, "wb") as file:
                yield file
            Path(written).replace(target)
        except BaseException:
            with suppress(OSError):
                Path(written).unlink()
            raise
    except OSError as error:
        raise StudyError(
            f"{noun} could not be written to {target}", [f"{error}. Name another folder with PASSGAP_CACHE."]
        ) from error
