"""Rows of data sets as the hub keeps them: JSON lines or Parquet, a file or a folder of files."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from passgap.errors import StudyError
from passgap.records import Problem
from passgap.tasks.json_lines import DAMAGED, JsonObject, describe, read_json_lines, shown

T = TypeVar("T")

SUFFIXES = (".jsonl", ".jsonl.gz", ".jsonl.zst", ".jsonl.bz2", ".jsonl.xz", ".parquet")
_PARQUET = b"PAR1"


def read_rows(
    path: Path,
    build: Callable[[JsonObject], T],
    what: str,
    columns: Sequence[str] | None = None,
    apart: str | None = None,
    name: Callable[[T], str] | None = None,
) -> list[T]:
    """Build a value from each row of a file, or of the files of a folder in the order of their names.

    Args:
        path: JSON lines, plain or compressed; Parquet; or a folder of such files.
        build: makes the value; one of :data:`~passgap.tasks.json_lines.DAMAGED` says why a row is bad.
        what: what the file should hold, for the message.
        columns: the columns that are read of Parquet; by default all.
        apart: a folder in the folder, whose files are something else.
        name: the name of a value where no two of a file may share one.

    Raises:
        StudyError: nothing is there, or any row is bad; all are named.
    """
    if not path.is_dir():
        return _read(path, build, what, columns, name)
    files = sorted(
        each
        for each in path.rglob("*")
        if each.name.endswith(SUFFIXES) and each.relative_to(path).parts[0] != apart and each.is_file()
    )
    if not files:
        raise StudyError(f"{path} holds no {what}", [f"Files end in {', '.join(SUFFIXES)}."])
    values: list[T] = []
    faults: list[str] = []
    for file in files:
        try:
            values += _read(file, build, what, columns, name)
        except StudyError as error:
            faults += [f"{file.relative_to(path)}: {each}" for each in error.problems]
    if faults:
        raise StudyError(f"{path} does not hold {what}; nothing of it is used", shown(faults))
    return values


def number_of(problem: Problem, tests: type[T]) -> tuple[str, T]:
    """The id of a problem within its set, and its tests, which are of the style of the set.

    Raises:
        ValueError: they are not.
    """
    if not isinstance(problem.tests, tests):
        raise ValueError(f"{problem.id}: tests of the style `{problem.tests.style}` are none of the set")
    return problem.id.removeprefix(f"{problem.source}/"), problem.tests


def as_read(problem: Problem, row: Mapping[str, Any], read: Callable[[JsonObject], Problem | None]) -> dict[str, Any]:
    """The row of a problem, where it is read as the same problem.

    Raises:
        ValueError: it would be refused, or read as another one; the message names every field that it cannot carry.
    """
    try:
        again = read(json.loads(json.dumps(row)))
    except DAMAGED as error:
        raise ValueError(f"{problem.id}: its row could not be read: {describe(error)}") from error
    if again is None or again.digest != problem.digest:
        fields = "" if again is None else ", ".join(f"`{name}`" for name in _unlike(problem, again))
        raise ValueError(f"{problem.id}: a row of {problem.source} cannot carry {fields or 'it'} as it is")
    return dict(row)


def _unlike(one: Problem, other: Problem) -> Iterator[str]:
    """The fields in which two problems differ; of tests and bodies of one form, the fields in these."""
    mine, theirs = one.model_dump(mode="json"), other.model_dump(mode="json")
    for name in (name for name in mine if mine[name] != theirs[name]):
        parts = (mine[name], theirs[name])
        alike = name in ("tests", "body") and all(isinstance(each, dict) for each in parts)
        if alike and parts[0].get("style") == parts[1].get("style"):
            yield from (f"{name}.{key}" for key in {**parts[0], **parts[1]} if parts[0].get(key) != parts[1].get(key))
        else:
            yield name


def behind(problem: Problem, head: str) -> str:
    """The rest of the reference of a problem behind the beginning that a row states.

    Raises:
        ValueError: there is no reference, or it begins otherwise.
    """
    if problem.reference is None or not problem.reference.startswith(head):
        raise ValueError(f"{problem.id}: its reference does not go on where a row begins")
    return problem.reference[len(head) :]


def _read(
    path: Path,
    build: Callable[[JsonObject], T],
    what: str,
    columns: Sequence[str] | None,
    name: Callable[[T], str] | None,
) -> list[T]:
    if path.suffix != ".parquet" and not _is_parquet(path):
        return read_json_lines(path, build, what, name)
    import pyarrow as pa  # noqa: PLC0415 - loaded when it is needed
    import pyarrow.parquet as pq  # noqa: PLC0415

    values: list[T] = []
    faults: list[str] = []
    places: dict[str, int] = {}
    try:
        with pq.ParquetFile(path) as file:
            held = [name for name in columns or () if name in file.schema_arrow.names] or None
            rows = (row for batch in file.iter_batches(1024, columns=held) for row in batch.to_pylist())
            for number, row in enumerate(rows, start=1):
                try:
                    value = build(row)
                    if name is not None and (first := places.setdefault(name(value), number)) != number:
                        raise ValueError(f"`{name(value)}` occurs more than once, first in row {first}")
                    values.append(value)
                except DAMAGED as error:
                    faults.append(f"row {number}: {describe(error)}")
    except (pa.ArrowException, OSError) as error:
        raise StudyError(f"{path} cannot be read", [f"{error}. It should hold {what}."]) from error
    if faults:
        raise StudyError(f"{path} does not hold {what}; nothing of it is used", shown(faults))
    return values


def _is_parquet(path: Path) -> bool:
    """Whether a file is Parquet by how it begins."""
    try:
        with path.open("rb") as file:
            return file.read(len(_PARQUET)) == _PARQUET
    except OSError:
        return False  # what reads it says why it cannot
