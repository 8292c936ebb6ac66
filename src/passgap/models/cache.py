"""The folder in which fetched models are kept."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import platformdirs

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
