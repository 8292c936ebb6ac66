"""One writer per study folder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from passgap.errors import StoreError
from passgap.paths import AnyPath
from passgap.store.files import writing

LOCK_FILE = ".lock"
"""Stays in the folder: the study is in use while this file is locked, not while it exists."""


@contextmanager
def study_lock(folder: AnyPath) -> Iterator[None]:
    """Lock the study folder for this process. The system releases the lock when the process ends, even if it is killed.

    Raises:
        StoreError: another process holds the lock, or the file system does not support locks.
    """
    folder = Path(folder)
    with writing(folder):
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
