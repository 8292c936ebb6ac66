"""A PostgreSQL database as the store of telemetry that gateways on several machines share.

A gateway writes its rows to files of its own first, which no outage of a database delays, and copies them from there.
The database holds each line as it stands in its file, under the file's name and its offset: so a line that is copied
twice is one row, and every machine can have the same files again.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from passgap.errors import StoreError
from passgap.promotion.telemetry.fetched_files import Fetched, fetched_files, without_torn_line
from passgap.promotion.telemetry.postgres_connection import SharedDatabase, told_as_store_errors
from passgap.promotion.telemetry.reading import DayFile, day_files

BATCH = 2_000
"""Rows per transaction."""

_TABLES = (
    """
CREATE TABLE IF NOT EXISTS passgap_rows (
    study text NOT NULL,
    kind text NOT NULL,
    day date NOT NULL,
    instance text NOT NULL,
    at bigint NOT NULL,
    size integer NOT NULL,
    row json NOT NULL,
    PRIMARY KEY (study, kind, day, instance, at)
)
""",
    """
CREATE TABLE IF NOT EXISTS passgap_files (
    study text NOT NULL,
    kind text NOT NULL,
    day date NOT NULL,
    instance text NOT NULL,
    size bigint NOT NULL,
    PRIMARY KEY (study, kind, day, instance)
)
""",
)
"""The rows, and how many bytes of each file are there: what a reading has to fetch is known without looking at rows."""

_INSERT = """
INSERT INTO passgap_rows (study, kind, day, instance, at, size, row)
SELECT %s, %s, %s, %s, at, size, row::json FROM unnest(%s::bigint[], %s::integer[], %s::text[]) AS line (at, size, row)
ON CONFLICT DO NOTHING
"""

_GROWN = """
INSERT INTO passgap_files (study, kind, day, instance, size) VALUES (%s, %s, %s, %s, %s)
ON CONFLICT (study, kind, day, instance) DO UPDATE SET size = greatest(passgap_files.size, excluded.size)
"""

_END = "SELECT size FROM passgap_files WHERE study = %s AND kind = %s AND day = %s AND instance = %s"

_FROM = """
SELECT at, row::text FROM passgap_rows
WHERE study = %s AND kind = %s AND day = %s AND instance = %s AND at >= %s AND at < %s ORDER BY at
"""


class PostgresStore(SharedDatabase):
    """The rows of one study in a database."""

    tables = _TABLES

    def __init__(self, url: str, study: str) -> None:
        super().__init__(url, study)
        self._copied: dict[str, int] = {}
        """How much of each file is in the database, in bytes."""

    @told_as_store_errors()
    def copy(self, folder: Path) -> int:
        """Copy the complete lines of a folder's files that the database does not have; return how many there were.

        The row of a call is there before its texts are, and before what users made of its answer: calls are copied
        first, and the others only as far as they went before.

        Raises:
            StoreError: the database cannot be reached, or refuses. What was copied before stays.
        """
        others = [(each, _size(each.path)) for each in day_files(folder) if each.kind != "calls"]
        calls = [(each, _size(each.path)) for each in day_files(folder, "calls")]
        return sum(self._copy_file(each, size) for each, size in (*calls, *others))

    @told_as_store_errors()
    def fetch(self, folder: Path) -> int:
        """Write what the database has and a folder has not; return how many lines that was.

        Files that gateways of this machine write are left alone.

        Raises:
            StoreError: the database cannot be reached, or a file has other lines than it.
        """
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with fetched_files(folder) as fetched:
            files = self._connection.execute(
                "SELECT kind, day, instance, size FROM passgap_files WHERE study = %s", (self._study,)
            ).fetchall()
            return sum(self._fetch_file(folder, fetched, *each) for each in files)

    @told_as_store_errors()
    def forget(self, *, before: dt.date) -> int:
        """Delete the rows of days before ``before``; return how many.

        Raises:
            StoreError: the database cannot be reached, or refuses.
        """
        with self._connection.transaction():
            old = (self._study, before)
            self._connection.execute("DELETE FROM passgap_files WHERE study = %s AND day < %s", old)
            return self._connection.execute("DELETE FROM passgap_rows WHERE study = %s AND day < %s", old).rowcount

    def _copy_file(self, file: DayFile, size: int) -> int:
        name = (self._study, file.kind, file.day, file.instance)
        at = self._copied.get(file.path.name)
        if at is None:
            at = self._end_of(name)
        if size <= at:
            self._copied[file.path.name] = at
            return 0
        count = 0
        with file.path.open("rb") as handle:
            handle.seek(at)
            lines = _complete(handle, size - at)
            while batch := list(islice(lines, BATCH)):
                offsets = []
                for line in batch:
                    offsets.append(at)
                    at += len(line)
                texts = [line[:-1].decode("utf-8") for line in batch]
                with self._connection.transaction():
                    self._connection.execute(_INSERT, (*name, offsets, [len(each) for each in batch], texts))
                    self._connection.execute(_GROWN, (*name, at))
                self._copied[file.path.name] = at
                count += len(batch)
        return count

    def _end_of(self, name: tuple[str, ...]) -> int:
        """The offset behind the last line of a file that the database has."""
        found = self._connection.execute(_END, name).fetchone()
        return int(found[0]) if found else 0

    def _fetch_file(self, folder: Path, fetched: Fetched, kind: str, day: dt.date, instance: str, stored: int) -> int:
        path = folder / f"{kind}-{day.isoformat()}.{instance}.jsonl"
        size = _size(path)
        if size >= stored or not fetched.may_write(path):
            return 0
        size = without_torn_line(path)
        count = 0
        with self._connection.transaction(), self._connection.cursor(name="passgap") as rows, path.open("ab") as handle:
            rows.execute(_FROM, (self._study, kind, day, instance, size, stored))
            for at, row in rows:
                if at != size:
                    raise StoreError(
                        f"{path} has other lines than the database",
                        ["It was edited, or cut off. Move it out of the folder, and fetch it again."],
                    )
                size += handle.write(str(row).encode() + b"\n")
                count += 1
        return count


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:  # its day was deleted
        return 0


def _complete(handle: Any, most: int) -> Iterator[bytes]:
    """The lines that are written to their end, within so many bytes."""
    for line in handle:
        most -= len(line)
        if most < 0 or not line.endswith(b"\n"):
            return
        yield line
