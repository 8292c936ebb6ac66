"""Atomic writes: a file appears complete or not at all, even if the process is killed."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from passgap.errors import StoreError
from passgap.paths import AnyPath

TEMPORARY_SUFFIX = ".partial"


@contextmanager
def writing(target: AnyPath) -> Iterator[None]:
    """Turn a failure to write in this block into an error for people.

    Raises:
        StoreError: the disk is full, or the folder is not writable.
    """
    try:
        yield
    except OSError as error:
        raise StoreError(
            f"{target} could not be written",
            [f"{error.strerror or error}. Free some space or choose a folder that can be written to, and run again."],
        ) from error


@contextmanager
def atomic_path(target: AnyPath) -> Iterator[Path]:
    """Yield a path for a file or a folder, and move it to ``target`` when the block ends without an error.

    The move is a rename within one file system, so a reader sees the old state or the new one. Leftovers of a killed
    process end in ``.partial`` and are never read.

    Raises:
        StoreError: the disk is full, or the folder is not writable.
    """
    target = Path(target)
    with writing(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(prefix=f".{target.name}-", suffix=TEMPORARY_SUFFIX, dir=target.parent))
        staged = scratch / target.name
        try:
            yield staged
            if staged.is_dir():
                if target.exists():
                    shutil.rmtree(target)
            else:
                _sync(staged)
            staged.replace(target)
            _sync(target.parent)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)


def write_text(target: AnyPath, text: str) -> None:
    """Write ``text`` to ``target`` in UTF-8, atomically."""
    with atomic_path(target) as staged:
        staged.write_text(text, encoding="utf-8", errors="surrogatepass")


def write_json(target: AnyPath, value: Any) -> None:
    """Write ``value`` to ``target`` as indented JSON, atomically."""
    write_text(target, json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n")


def read_json(path: AnyPath) -> Any:
    """Read a JSON file.

    Raises:
        StoreError: it is missing or is not JSON.
    """
    path = Path(path)
    try:
        return json.loads(path.read_text(encoding="utf-8", errors="surrogatepass"))
    except FileNotFoundError as error:
        raise StoreError(f"{path} is missing") from error
    except ValueError as error:
        raise StoreError(
            f"{path} is not JSON", [f"{error}. It was damaged or edited. Delete it and run again."]
        ) from error


def _sync(path: Path) -> None:
    """Flush ``path`` to disk, so that a rename is never durable before the content is."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
