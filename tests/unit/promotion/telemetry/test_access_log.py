"""An access log becomes rows: each line once, with the outcome that the proxy's flags tell."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest

from passgap.errors import StoreError
from passgap.promotion.routing.keyed_hash import pseudonym_of
from passgap.promotion.telemetry.access_log import Shares, import_access_log
from passgap.promotion.telemetry.reading import read_rows, telemetry_folder
from passgap.promotion.telemetry.rows import CallRow, Outcome, Role

SECRET = b"k" * 32
CANDIDATE = "c" * 64
ALONE = Shares(CANDIDATE)


def line(number: int, **fields: Any) -> str:
    known = {
        "listener": "clients",
        "time": f"2026-04-01T12:00:{number % 60:02}.125Z",
        "request_id": f"id-{number}",
        "path": "/v1/chat/completions?x=1",
        "upstream": "base@bbbbbbbbbbbb",
        "user": None,
        "mirrored": "1",
        "shadow_share": "0.5",
        "canary_share": "0",
        "config": "abc",
        "status": 200,
        "flags": "-",
        "request_bytes": 13,
        "response_bytes": 674,
        "milliseconds": 1500,
        "first_byte_milliseconds": 250,
        "attempts": 1,
        "content_type": "text/event-stream; charset=utf-8",
    }
    return json.dumps({**known, **fields}) + "\n"


def copy(number: int, **fields: Any) -> str:
    return line(number, listener="mirror", upstream="tuned@cccccccccccc", **fields)


def taken(study: Path, log: Path, shares: Shares = ALONE) -> list[CallRow]:
    """Everything that is known after another import."""
    import_access_log(study, log, shares, secret=SECRET)
    return [row for batch in read_rows(telemetry_folder(study), CallRow) for row in batch.rows]


def test_a_call_and_its_copy_are_a_pair(tmp_path: Path) -> None:
    log = tmp_path / "access.jsonl"
    log.write_text(line(1, user="alice") + copy(1, user="alice", status=500))
    original, shadow = taken(tmp_path / "study", log)
    assert (original.role, original.mirrored, original.shadow_share, original.outcome) == (
        Role.PRODUCTION,
        True,
        0.5,
        Outcome.OK,
    )
    assert (shadow.role, shadow.outcome, shadow.checkpoint) == (Role.SHADOW, Outcome.UPSTREAM_ERROR, "c" * 12)
    assert shadow.pair_id == original.pair_id == original.request_id != shadow.request_id
    assert original.user == pseudonym_of(SECRET, "alice") and "alice" not in original.model_dump_json()
    assert original.route == "/v1/chat/completions" and original.stream
    assert (original.latency_seconds, original.first_token_seconds) == (1.5, 0.25)


def test_users_of_the_canary_are_told_from_the_others(tmp_path: Path) -> None:
    log = tmp_path / "access.jsonl"
    log.write_text(
        line(1, canary_share="0.1", upstream="tuned@cccccccccccc")
        + line(2, canary_share="0.1")
        + line(3, upstream=None, status=404, flags="NR")
    )
    assert [(row.role, row.outcome) for row in taken(tmp_path / "study", log)] == [
        (Role.CANARY, Outcome.OK),
        (Role.PRODUCTION, Outcome.OK),
        (Role.NONE, Outcome.REFUSED),
    ]


@pytest.mark.parametrize(
    ("flags", "status", "outcome"),
    [
        ("-", 404, Outcome.CLIENT_ERROR),
        ("-", 502, Outcome.UPSTREAM_ERROR),
        ("DC", 0, Outcome.CLIENT_CLOSED),
        ("UT", 504, Outcome.TIMEOUT),
        ("UF,URX", 503, Outcome.UNREACHABLE),
        ("UC", 200, Outcome.UPSTREAM_CUT),
        ("UPE", 502, Outcome.UPSTREAM_CUT),
        ("-", 0, Outcome.UPSTREAM_CUT),
    ],
)
def test_outcomes_follow_from_flags_and_status(tmp_path: Path, flags: str, status: int, outcome: Outcome) -> None:
    log = tmp_path / "access.jsonl"
    log.write_text(line(1, flags=flags, status=status))
    assert [row.outcome for row in taken(tmp_path / "study", log)] == [outcome]


def test_every_line_is_taken_once_over_torn_lines_rotation_and_emptied_files(tmp_path: Path) -> None:
    study, folder = tmp_path / "study", tmp_path / "logs"
    folder.mkdir()
    log = folder / "access.jsonl"
    log.write_text(line(1) + line(2)[:40])
    assert len(taken(study, folder)) == 1
    with log.open("a") as handle:
        handle.write(line(2)[40:] + line(3))
    log.rename(folder / "access.jsonl.1")
    log.write_text(line(4))
    assert sorted(row.request_id for row in taken(study, folder)) == ["id-1", "id-2", "id-3", "id-4"]
    log.write_text("")
    taken(study, folder)
    log.write_text(line(5)[:-1] + " \n")
    assert [row.request_id for row in taken(study, folder)][-1] == "id-5"
    assert len(taken(study, folder)) == 5


def test_rows_that_a_killed_process_wrote_are_not_there_twice(tmp_path: Path) -> None:
    study, log = tmp_path / "study", tmp_path / "access.jsonl"
    log.write_text(line(1))
    taken(study, log)
    state = study / "promotion" / "access-log.json"
    before = state.read_text()
    with log.open("a") as handle:
        handle.write(line(2))
    taken(study, log)
    state.write_text(before)  # as where it is killed between the rows and its note of them
    assert [row.request_id for row in taken(study, log)] == ["id-1", "id-2"]


def test_another_format_is_refused_with_the_line(tmp_path: Path) -> None:
    log = tmp_path / "access.jsonl"
    log.write_text('127.0.0.1 - - "GET / HTTP/1.1" 200\n')
    with pytest.raises(StoreError, match="no call in the format"):
        taken(tmp_path / "study", log)
    log.write_text(line(1, time="yesterday"))
    with pytest.raises(StoreError) as error:
        taken(tmp_path / "study", log)
    assert "time" in error.value.problems[0]
    with pytest.raises(StoreError, match="no access log"):
        taken(tmp_path / "study", tmp_path / "nowhere")


def test_where_a_share_is_a_set_of_buckets_the_bucket_decides(tmp_path: Path) -> None:
    """As sidecars log: the host tells copies, the pod names its checkpoint, and serve.yaml has the shares."""
    since = dt.datetime(2026, 4, 1, 12, 0, 30, tzinfo=dt.UTC)
    plain = {"listener": None, "mirrored": None, "shadow_share": None, "canary_share": None, "config": None}
    log = tmp_path / "logs" / "pod-1" / "access.jsonl"
    log.parent.mkdir(parents=True)
    log.write_text(
        line(1, **plain, bucket="04", authority="study-production")
        + line(1, **plain, bucket="04", authority="study-production-shadow:80", upstream="tuned@cccccccccccc")
        + line(2, **plain, bucket="10", authority="study-production")
        + line(3, **plain, authority="study-production")
        + line(31, **plain, bucket="01", user="a", upstream="tuned@cccccccccccc")
        + line(32, **plain, bucket="02", user="b", upstream="base@bbbbbbbbbbbb")
        + line(33, **plain, bucket="03", user="c", upstream="base@bbbbbbbbbbbb")
    )
    rows = taken(tmp_path / "study", tmp_path / "logs", Shares(CANDIDATE, shadow=0.1, canary=0.02, canary_since=since))
    assert [(row.role.value, row.mirrored, row.canary_share) for row in rows] == [
        ("production", True, 0.0),
        ("shadow", False, 0.0),
        ("production", False, 0.0),
        ("production", False, 0.0),
        ("canary", False, 0.02),
        ("production", False, 0.02),
        ("production", False, 0.02),
    ]
    other = line(34, **plain, bucket="01", user="d", upstream="base@bbbbbbbbbbbb")  # the route is not yet there
    log.write_text(other)
    late = taken(tmp_path / "study", tmp_path / "logs", Shares(CANDIDATE, canary=0.02, canary_since=since))[-1]
    assert (late.role, late.canary_share) == (Role.PRODUCTION, 0.0), "and in no comparison"
