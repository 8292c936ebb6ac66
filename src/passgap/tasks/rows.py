"""Rows of data sets as the hub keeps them: JSON lines or Parquet, a file or a folder of files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from passgap.errors import StudyError
from passgap.records import Problem
from passgap.tasks.json_lines import JsonObject, describe, read_json_lines, shown

T = TypeVar("T")

SUFFIXES = (".jsonl", ".jsonl.gz", ".parquet")


def read_rows(
    path: Path,
    build: Callable[[JsonObject], T],
    what: str,
    columns: Sequence[str] | None = None,
    apart: str | None = None,
) -> list[T]:
    """Build a value from each row of a file, or of the files of a folder in the order of their names.

    Args:
        path: JSON lines, plain or gzipped; Parquet; or a folder of such files.
        build: makes the value; a ``ValueError``, ``KeyError`` or ``TypeError`` says why a row is bad.
        what: what the file should hold, for the message.
        columns: the columns that are read of Parquet; by default all.
        apart: a folder in the folder, whose files are something else.

    Raises:
        StudyError: nothing is there, or any row is bad; all are named.
    """
    if not path.is_dir():
        return _read(path, build, what, columns)
    files = sorted(
        each
        for each in path.rglob("*")
        if each.name.endswith(SUFFIXES) and each.relative_to(path).parts[0] != apart and each.is_file()
    )
    if not files:
        raise StudyError(f"{path} holds no {what}", [f"Files end in {', '.join(SUFFIXES)}."])
    return [value for file in files for value in _read(file, build, what, columns)]


def number_of(problem: Problem, tests: type[T]) -> tuple[str, T]:
    """The id of a problem within its set, and its tests, which are of the style of the set.

    Raises:
        ValueError: they are not.
    """
    if not isinstance(problem.tests, tests):
        raise ValueError(f"{problem.id}: tests of the style `{problem.tests.style}` are none of the set")
    return problem.id.removeprefix(f"{problem.source}/"), problem.tests


def behind(problem: Problem, head: str) -> str:
    """The rest of the reference of a problem behind the beginning that a row states.

    Raises:
        ValueError: there is no reference, or it begins otherwise.
    """
    if problem.reference is None or not problem.reference.startswith(head):
        raise ValueError(f"{problem.id}: its reference does not go on where a row begins")
    return problem.reference[len(head) :]


def _read(path: Path, build: Callable[[JsonObject], T], what: str, columns: Sequence[str] | None) -> list[T]:
    if path.suffix != ".parquet":
        return read_json_lines(path, build, what)
    import pyarrow as pa  # noqa: PLC0415 - loaded when it is needed
    import pyarrow.parquet as pq  # noqa: PLC0415

    values: list[T] = []
    faults: list[str] = []
    try:
        with pq.ParquetFile(path) as file:
            held = [name for name in columns or () if name in file.schema_arrow.names] or None
            rows = (row for batch in file.iter_batches(1024, columns=held) for row in batch.to_pylist())
            for number, row in enumerate(rows, start=1):
                try:
                    values.append(build(row))
                except (ValueError, KeyError, TypeError) as error:
                    faults.append(f"row {number}: {describe(error)}")
    except (pa.ArrowException, OSError) as error:
        raise StudyError(f"{path} cannot be read", [f"{error}. It should hold {what}."]) from error
    if faults:
        raise StudyError(f"{path} does not hold {what}; nothing of it is used", shown(faults))
    return values
