"""The folder of fetched models."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import platformdirs
from filelock import FileLock

CACHE_VARIABLE = "PASSGAP_CACHE"


def cache_folder() -> Path:
    """The folder of the cache: ``$PASSGAP_CACHE``, or the user's own cache folder."""
    chosen = os.environ.get(CACHE_VARIABLE)
    return Path(chosen) if chosen else Path(platformdirs.user_cache_dir("passgap"))


@contextmanager
def cache_lock(name: str) -> Iterator[None]:
    """Let one process at a time fill a place in the cache; the others wait and find it filled.

    The system frees the lock when the process ends, however it ends.
    """
    folder = cache_folder()
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / f".{name}.lock"):
        yield
