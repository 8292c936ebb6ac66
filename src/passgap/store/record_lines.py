"""Records as JSON lines, one per line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from passgap.errors import StoreError
from passgap.messages import describe_errors
from passgap.paths import AnyPath
from passgap.records import Record
from passgap.store.files import atomic_path

Kind = TypeVar("Kind", bound=Record)


def write_records(path: AnyPath, records: Iterable[Record]) -> None:
    """Write records as JSON lines, atomically."""
    with atomic_path(path) as staged, staged.open("w", encoding="utf-8") as handle:
        handle.writelines(record.model_dump_json() + "\n" for record in records)


def read_records(paths: Iterable[Path], kind: type[Kind]) -> Iterator[Kind]:
    """Read files that :func:`write_records` wrote, one after the other.

    Raises:
        StoreError: a line is not such a record.
    """
    for path in paths:
        with path.open(encoding="utf-8") as handle:
            for number, line in enumerate(handle, start=1):
                try:
                    yield kind.model_validate_json(line)
                except ValidationError as error:
                    raise StoreError(
                        f"{path} is damaged",
                        [f"line {number}: {describe_errors(error.errors())}. Delete the file, and run again."],
                    ) from error
