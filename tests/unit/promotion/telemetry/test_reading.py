"""Telemetry is read in batches, once each, also while it is written."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from passgap.errors import StoreError
from passgap.promotion.telemetry.reading import Position, day_files, read_rows
from passgap.promotion.telemetry.rows import CallRow, FeedbackRow, Outcome
from telemetry_rows import call


def write(path: Path, *rows: CallRow, tail: bytes = b"") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as handle:
        handle.write(b"".join(each.model_dump_json().encode() + b"\n" for each in rows) + tail)


def test_rows_come_in_batches_by_day_and_are_not_read_twice(tmp_path: Path) -> None:
    write(tmp_path / "calls-2026-05-02.b.jsonl", call(3))
    write(tmp_path / "calls-2026-05-01.a.jsonl", call(1), call(2))
    batches = list(read_rows(tmp_path, CallRow, size=1))
    assert [row.request_id for batch in batches for row in batch.rows] == ["r1", "r2", "r3"]
    assert list(read_rows(tmp_path, CallRow, after=batches[-1].position)) == []
    rest = read_rows(tmp_path, CallRow, after=batches[0].position)
    assert [row.request_id for batch in rest for row in batch.rows] == ["r2", "r3"]


def test_a_line_that_is_being_written_is_left_for_the_next_reading(tmp_path: Path) -> None:
    path, whole = tmp_path / "calls-2026-05-01.a.jsonl", call(2).model_dump_json().encode() + b"\n"
    write(path, call(1), tail=whole[:40])
    [first] = read_rows(tmp_path, CallRow)
    assert [row.request_id for row in first.rows] == ["r1"]
    write(path, tail=whole[40:])
    [second] = read_rows(tmp_path, CallRow, after=first.position)
    assert second.rows == (call(2),)


def test_an_empty_or_missing_folder_has_no_rows(tmp_path: Path) -> None:
    assert list(read_rows(tmp_path / "none", CallRow)) == []
    (tmp_path / "notes.txt").write_text("x")
    assert day_files(tmp_path) == []
    assert list(read_rows(tmp_path, FeedbackRow, after=Position())) == []


def test_a_field_of_a_later_version_is_left_out(tmp_path: Path) -> None:
    line = json.dumps({**json.loads(call(1).model_dump_json()), "schema_version": 2, "energy": 3.0})
    write(tmp_path / "calls-2026-05-01.a.jsonl", tail=line.encode() + b"\n")
    [batch] = read_rows(tmp_path, CallRow)
    assert batch.rows[0].request_id == "r1" and batch.rows[0].schema_version == 2


def test_a_damaged_line_is_named(tmp_path: Path) -> None:
    write(tmp_path / "calls-2026-05-01.a.jsonl", call(1), tail=b'{"request_id": 1\n')
    with pytest.raises(StoreError, match=r"calls-2026-05-01.a.jsonl holds a line that is no row"):
        list(read_rows(tmp_path, CallRow))


def test_only_faults_of_the_upstream_count_as_such() -> None:
    faults = {each for each in Outcome if each.fault_of_upstream}
    assert faults == {
        Outcome.UPSTREAM_ERROR,
        Outcome.UPSTREAM_CUT,
        Outcome.UNREACHABLE,
        Outcome.TIMEOUT,
        Outcome.MALFORMED,
    }
