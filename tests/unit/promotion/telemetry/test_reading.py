"""Telemetry is read in batches, once each, also while it is written."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest

from passgap.errors import StoreError
from passgap.promotion.telemetry.reading import Position, day_files, read_rows
from passgap.promotion.telemetry.rows import CallRow, FeedbackRow, Outcome, Role, TokenSource


def call(number: int, **changes: Any) -> CallRow:
    fields: dict[str, Any] = {
        "request_id": f"r{number}",
        "pair_id": f"r{number}",
        "time": dt.datetime(2026, 5, 1, tzinfo=dt.UTC),
        "route": "/v1/chat/completions",
        "role": Role.PRODUCTION,
        "checkpoint": "base",
        "config_hash": "0" * 16,
        "upstream": "base",
        "model": "m",
        "stream": False,
        "user": None,
        "key": None,
        "canary_share": 0.0,
        "shadow_share": 0.0,
        "mirrored": False,
        "status": 200,
        "outcome": Outcome.OK,
        "error": None,
        "attempts": 1,
        "prompt_tokens": 3,
        "completion_tokens": 4,
        "token_source": TokenSource.UPSTREAM,
        "request_bytes": 10,
        "response_bytes": 20,
        "queue_seconds": 0.0,
        "first_token_seconds": 0.1,
        "latency_seconds": 0.2,
        "finish_reason": "stop",
        "upstream_request_id": None,
        "gateway": "1 abcd",
    }
    return CallRow.model_validate({**fields, **changes})


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
