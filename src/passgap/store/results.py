"""Results as JSON lines, one per sample."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from pydantic import ValidationError

from passgap.errors import StoreError
from passgap.paths import AnyPath
from passgap.records import Result
from passgap.store.files import atomic_path

SHOWN_PROBLEMS = 20
"""The number of bad lines that a message names; the others are counted."""


def write_results(path: AnyPath, results: Iterable[Result]) -> None:
    """Write results as JSON lines, atomically."""
    with atomic_path(path) as staged, staged.open("w", encoding="utf-8") as handle:
        for result in results:
            handle.write(result.line + "\n")


def read_results(path: AnyPath) -> list[Result]:
    """Read a results file that passgap wrote.

    Raises:
        StoreError: a line is not a result; up to twenty are named.
    """
    path = Path(path)
    results: list[Result] = []
    problems: list[str] = []
    with path.open(encoding="utf-8") as handle:
        for number, line in enumerate(handle, start=1):
            if not line.strip():
                continue
            try:
                results.append(Result.model_validate_json(line))
            except ValidationError as error:
                first = error.errors()[0]
                where = ".".join(str(part) for part in first["loc"]) or "the line"
                problems.append(f"line {number}: {where}: {first['msg']}")
    if problems:
        more = len(problems) - SHOWN_PROBLEMS
        shown = problems[:SHOWN_PROBLEMS] + ([f"and {more} more lines"] if more > 0 else [])
        raise StoreError(f"{path} is not a results file", shown)
    return results
