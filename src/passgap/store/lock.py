"""One writer for each study folder."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from passgap.errors import StoreError
from passgap.paths import AnyPath


@contextmanager
def study_lock(folder: AnyPath) -> Iterator[None]:
    """Hold the study folder for one process; the system frees it when the process ends, however it ends.

    Raises:
        StoreError: another process holds it.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("a") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise StoreError(
                f"another process is working on the study in {folder}",
                ["Wait until it ends, or stop it: what it has finished is kept, and a later run resumes from it."],
            ) from error
        yield
