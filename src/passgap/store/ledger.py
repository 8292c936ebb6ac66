"""The append-only record of a study's declarations: each entry holds the hash of the one before.

Changing, removing or inserting an entry breaks the chain at that place. Rewriting all later entries can still forge a
whole ledger, so the report prints the hash of the last entry: a copy that is kept elsewhere (a ticket, an e-mail)
reveals that too.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from pydantic import JsonValue, ValidationError

from passgap.errors import StoreError
from passgap.paths import AnyPath
from passgap.records import SCHEMA_VERSION, Record, canonical_json, digested, readable_schema
from passgap.store.files import writing

GENESIS = "0" * 64
"""Stands in the first entry for the hash of the one before."""


class LedgerMovedError(StoreError):
    """Something was appended since the ledger was read."""


class LedgerEntry(Record):
    """One line of the ledger."""

    sequence: int
    time: dt.datetime
    who: str
    kind: str
    payload: JsonValue
    previous: str
    schema_version: int = SCHEMA_VERSION
    hash: str = ""

    def computed_hash(self) -> str:
        """The SHA-256 of the entry's canonical JSON without its ``hash`` field."""
        sealed = {name: value for name, value in digested(self).items() if name != "hash"}
        return hashlib.sha256(canonical_json(sealed).encode()).hexdigest()


class Ledger:
    """The file ``ledger.jsonl`` of a study.

    A part of the study, such as a second round, writes into the same chain, under kinds that begin with its name.
    """

    def __init__(self, path: AnyPath, part: str = "") -> None:
        """Open a ledger.

        Args:
            path: of the file.
            part: whose entries are read by kind and written; empty for those of the study itself.
        """
        path = Path(path)
        self.path = path
        self._prefix = f"{part}/" if part else ""
        self._intact: dict[str, LedgerEntry] = {}

    def entries(self) -> tuple[LedgerEntry, ...]:
        """Read and verify every entry.

        Raises:
            StoreError: the chain is broken, with every place where it is; or a later version wrote the ledger.
        """
        if not self.path.exists():
            return ()
        entries: list[LedgerEntry] = []
        problems: list[str] = []
        previous = GENESIS
        for number, line in enumerate(self._lines(), start=1):
            try:
                entry = self._entry(line)
            except ValidationError:
                problems.append(f"line {number} is not a ledger entry")
                previous = ""
                continue
            if not readable_schema(entry.schema_version):
                raise StoreError(
                    f"line {number} of the ledger {self.path} was written by a later version of passgap",
                    [f"This version reads schemas up to {SCHEMA_VERSION}: use the one that wrote it, or a later one."],
                )
            if entry.sequence != number - 1:
                problems.append(f"line {number} says it is entry {entry.sequence}: an entry was removed or moved")
            if previous and entry.previous != previous:
                problems.append(f"line {number} does not follow from the line before it")
            if line not in self._intact:
                problems.append(f"line {number} ({entry.kind}) was changed after it was written")
            entries.append(entry)
            previous = entry.hash
        if problems:
            raise StoreError(
                f"the ledger {self.path} has been altered",
                [
                    *problems,
                    "Restore it from a copy, or begin a new study folder. No decision is made on an altered ledger.",
                ],
            )
        return tuple(entries)

    def append(
        self, kind: str, payload: JsonValue, *, who: str, time: dt.datetime, after: str | None = None
    ) -> LedgerEntry:
        """Append one entry, and flush it to disk before returning.

        Processes that append at the same time, such as a rollback and a watch, wait for each other.

        Args:
            kind: of the entry.
            payload: of the entry.
            who: writes it.
            time: now.
            after: the hash of the last entry that the writer has seen, where the entry rests on there being no other.

        Raises:
            LedgerMovedError: another process has appended since ``after``.
            StoreError: the ledger has been altered, or the disk is full.
        """
        with writing(self.path):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("a", encoding="utf-8") as handle, _held(handle.fileno()):
                entries = self.entries()
                last = entries[-1].hash if entries else GENESIS
                if after is not None and after != last:
                    raise LedgerMovedError("another process has written into the ledger meanwhile", ["Run it again."])
                self._drop_torn_tail()
                entry = LedgerEntry(
                    sequence=len(entries),
                    time=time,
                    who=who,
                    kind=self._prefix + kind,
                    payload=payload,
                    previous=last,
                )
                sealed = entry.model_copy(update={"hash": entry.computed_hash()})
                handle.write(json.dumps(sealed.model_dump(mode="json"), ensure_ascii=False) + "\n")
                handle.flush()
                os.fsync(handle.fileno())
        return sealed

    def of_kind(self, kind: str) -> Sequence[LedgerEntry]:
        """All verified entries of one kind, oldest first."""
        return [entry for entry in self.entries() if entry.kind == self._prefix + kind]

    @property
    def head(self) -> str:
        """The hash of the last entry, or :data:`GENESIS` if the ledger is empty."""
        entries = self.entries()
        return entries[-1].hash if entries else GENESIS

    def _entry(self, line: str) -> LedgerEntry:
        """Read a line, once: the ledger is asked hundreds of times in a run, and lines that are intact stay so.

        Raises:
            ValidationError: it is not an entry.
        """
        if line in self._intact:
            return self._intact[line]
        entry = LedgerEntry.model_validate_json(line)
        if entry.hash == entry.computed_hash():
            self._intact[line] = entry
        return entry

    def _lines(self) -> list[str]:
        """The complete lines: a process that is killed while it appends leaves a partial line, which is ignored."""
        text = self.path.read_text(encoding="utf-8")
        return [line for line in text.splitlines(keepends=True) if line.endswith("\n")]

    def _drop_torn_tail(self) -> None:
        if not self.path.exists():
            return
        data = self.path.read_bytes()
        whole = data.rfind(b"\n") + 1
        if whole != len(data):
            os.truncate(self.path, whole)


@contextmanager
def _held(descriptor: int) -> Iterator[None]:
    """Hold an open file against the other processes that do; where the system has no such locks, hold nothing."""
    try:
        import fcntl  # noqa: PLC0415 - there is none on Windows
    except ImportError:
        yield
        return
    with suppress(OSError):
        fcntl.flock(descriptor, fcntl.LOCK_EX)
    yield  # closing the file releases it, and so does the end of the process
