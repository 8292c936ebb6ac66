"""Files that appear whole or not at all, whatever kills the process that writes them."""

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
def atomic_path(target: AnyPath) -> Iterator[Path]:
    """Give a path to write a file or a folder at; move it to ``target`` once the block ends without an error.

    The move is a rename on one file system, so a reader sees the old state or the new one. What a killed process
    leaves behind ends in ``.partial`` and is never read.

    Raises:
        StoreError: the disk is full or the place cannot be written to.
    """
    target = Path(target)
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
    except OSError as error:
        raise StoreError(
            f"{target} could not be written",
            [f"{error.strerror or error}. Free some space or choose a folder that can be written to, and run again."],
        ) from error
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def write_text(target: AnyPath, text: str) -> None:
    """Write ``text`` in UTF-8 to ``target``, whole or not at all."""
    with atomic_path(target) as staged:
        staged.write_text(text, encoding="utf-8", errors="surrogatepass")


def write_json(target: AnyPath, value: Any) -> None:
    """Write ``value`` as readable JSON to ``target``, whole or not at all."""
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
            f"{path} is not JSON", [f"{error}. It was damaged or edited; remove it to make it anew."]
        ) from error


def _sync(path: Path) -> None:
    """Ask the system to put ``path`` on disk, so that a rename never outruns the bytes that it names."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
