"""Reads telemetry in batches, in bounded memory, and goes on later from where it stopped."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from pydantic import Field, ValidationError

from passgap.errors import StoreError
from passgap.paths import AnyPath
from passgap.promotion.telemetry.rows import CallRow, ContentRow, FeedbackRow
from passgap.records import Record

Row = TypeVar("Row", CallRow, FeedbackRow, ContentRow)

AnyRow = CallRow | FeedbackRow | ContentRow

KINDS: dict[type[AnyRow], str] = {CallRow: "calls", FeedbackRow: "feedback", ContentRow: "contents"}
"""The beginning of the file names of each kind of row."""

_NAME = re.compile(r"(calls|feedback|contents)-(\d{4}-\d{2}-\d{2})\.([0-9a-z]+)\.jsonl")


class Position(Record):
    """How far every file has been read, in bytes."""

    offsets: dict[str, int] = Field(default={})


@dataclass(frozen=True)
class Batch(Generic[Row]):
    """Some rows, and the position behind them."""

    rows: tuple[Row, ...]
    position: Position


@dataclass(frozen=True)
class DayFile:
    """One file of telemetry: the rows of one kind, of one day, that one gateway wrote."""

    path: Path
    kind: str
    day: str
    instance: str


def telemetry_folder(study: AnyPath) -> Path:
    """The folder of a study's telemetry."""
    return Path(study) / "promotion" / "telemetry"


def day_files(folder: AnyPath, kind: str | None = None) -> list[DayFile]:
    """The files of telemetry in a folder by day, of one kind or of all."""
    folder = Path(folder)
    found = []
    for path in folder.iterdir() if folder.is_dir() else ():
        named = _NAME.fullmatch(path.name)
        if named is not None and kind in (None, named[1]):
            found.append(DayFile(path, named[1], named[2], named[3]))
    return sorted(found, key=lambda each: (each.day, each.path.name))


def end_of(folder: AnyPath, row: type[AnyRow]) -> Position:
    """The present end of the rows of one kind."""
    sizes = {}
    for each in day_files(folder, KINDS[row]):
        with suppress(FileNotFoundError):
            sizes[each.path.name] = each.path.stat().st_size
    return Position(offsets=sizes)


def read_rows(
    folder: AnyPath, row: type[Row], *, after: Position | None = None, until: Position | None = None, size: int = 1000
) -> Iterator[Batch[Row]]:
    """Yield the complete rows of one kind by day, in the order in which each gateway wrote them.

    The last line of a file that a gateway is writing is left for the next reading until it is complete.

    Args:
        folder: of the telemetry.
        row: the kind of row: ``CallRow``, ``FeedbackRow`` or ``ContentRow``.
        after: the position of the last batch of an earlier reading; by default everything is read.
        until: a position of :func:`end_of` beyond which nothing is read; by default everything is.
        size: rows per batch, at most.

    Raises:
        StoreError: a line is no row; the file was damaged or edited.
    """
    offsets = dict(after.offsets) if after is not None else {}
    for file in day_files(folder, KINDS[row]):
        most = None if until is None else until.offsets.get(file.path.name, 0)
        for rows, offset in read_file(file, row, offsets.get(file.path.name, 0), size, most):
            offsets[file.path.name] = offset
            yield Batch(rows, Position(offsets=dict(offsets)))


def read_file(
    file: DayFile, row: type[Row], offset: int, size: int, most: int | None = None
) -> Iterator[tuple[tuple[Row, ...], int]]:
    """Yield the complete rows of one file from an offset on, at most ``size`` at once, with the offset behind them.

    Args:
        file: to read.
        row: its kind of row.
        offset: where to begin.
        size: rows at once, at most.
        most: the offset behind the last row to read; by default the end of the file.

    Raises:
        StoreError: a line is no row.
    """
    rows: list[Row] = []
    with file.path.open("rb") as handle:
        handle.seek(offset)
        for line in handle:
            if not line.endswith(b"\n") or (most is not None and offset + len(line) > most):
                break
            rows.append(_row(line, row, file.path))
            offset += len(line)
            if len(rows) == size:
                yield tuple(rows), offset
                rows = []
    if rows:
        yield tuple(rows), offset


def read_dicts(file: DayFile, row: type[AnyRow], size: int) -> Iterator[list[dict[str, Any]]]:
    """Yield the complete rows of one file as mappings of their fields, at most ``size`` at once.

    Raises:
        StoreError: a line is no row.
    """
    kinds: dict[type[AnyRow], Iterator[tuple[tuple[AnyRow, ...], int]]] = {
        CallRow: read_file(file, CallRow, 0, size),
        FeedbackRow: read_file(file, FeedbackRow, 0, size),
        ContentRow: read_file(file, ContentRow, 0, size),
    }
    for rows, _ in kinds[row]:
        yield [each.model_dump() for each in rows]


def _row(line: bytes, row: type[Row], path: Path) -> Row:
    try:
        return row.model_validate_json(line)
    except ValidationError as error:
        raise StoreError(
            f"{path} holds a line that is no row of telemetry",
            [f"{error.errors()[0]['msg']}: {line[:80]!r}. It was damaged or edited: move the file out of the folder."],
        ) from error
