"""Cases of tests that are too large to be held in memory: files of the cache, named by the digest of their content."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from passgap.errors import StudyError
from passgap.models.cache import cache_folder, written_whole
from passgap.records import KeptCases

FOLDER = "tests"
"""The folder of the cache that holds them."""
LARGEST = 192 << 20
"""The most bytes that the cases of one problem may take: more cannot be handed to the sandbox in one message."""


def keep_cases(cases: Sequence[dict[str, Any]]) -> KeptCases:
    """Write cases, as JSON objects, to the cache, unless the same ones are there.

    Raises:
        StudyError: they are larger than :data:`LARGEST`, or cannot be written.
    """
    raw = json.dumps(cases, separators=(",", ":")).encode("ascii")
    if len(raw) > LARGEST:
        raise StudyError(
            f"the tests of a problem take {len(raw) >> 20} MiB",
            [f"The sandbox takes {LARGEST >> 20} MiB a problem. Leave the problem out."],
        )
    kept = KeptCases(sha256=hashlib.sha256(raw).hexdigest(), count=len(cases), size=len(raw))
    path = _path(kept)
    if path.is_file() and path.stat().st_size == kept.size:
        return kept
    with written_whole(path, "tests") as file:
        file.write(raw)
    return kept


def kept_cases(kept: KeptCases) -> list[dict[str, Any]]:
    """Read the cases that were kept.

    Raises:
        StudyError: they are not there any more, or were changed.
    """
    path = _path(kept)
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise StudyError(missing(kept), [str(error)]) from error
    if hashlib.sha256(raw).hexdigest() != kept.sha256:
        raise StudyError(f"the tests in {path} were changed", ["Delete the file, and load the task set again."])
    cases: list[dict[str, Any]] = json.loads(raw)
    return cases


def are_kept(kept: KeptCases) -> bool:
    """Whether the cases are there; their content is not looked at."""
    return _path(kept).is_file()


def missing(kept: KeptCases) -> str:
    """Say that the cases are not there."""
    return f"{kept.count} tests are not in {_path(kept)} any more: load the task set again, and they are written anew"


def _path(kept: KeptCases) -> Path:
    return cache_folder() / FOLDER / f"{kept.sha256}.json"
