"""One writer for each study folder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from passgap.errors import StoreError
from passgap.paths import AnyPath

LOCK_FILE = ".lock"
"""Stays in the folder: not the file but the operating system's lock on it says that somebody is at work."""


@contextmanager
def study_lock(folder: AnyPath) -> Iterator[None]:
    """Hold the study folder for one process; the system frees it when the process ends, however it ends.

    Raises:
        StoreError: another process holds it, or the file system can lock no files.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / LOCK_FILE)
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise StoreError(
            f"another process is working on the study in {folder}",
            ["Wait until it ends, or stop it: what it has finished is kept, and a later run resumes from it."],
        ) from error
    except OSError as error:
        raise StoreError(
            f"the study in {folder} cannot be locked against other processes",
            [
                f"{folder / LOCK_FILE}: {error.strerror or error}. Make the folder writable; where it is on a network "
                f"file system without locks, move the study to a local disk."
            ],
        ) from error
    try:
        yield
    finally:
        lock.release()
