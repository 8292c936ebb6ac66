"""Telemetry as counts, as Parquet, as SQL, and of one call."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from command_line import invoke
from passgap.promotion.telemetry.day_log import DayLog
from passgap.promotion.telemetry.parquet import export_parquet
from passgap.promotion.telemetry.reading import telemetry_folder
from passgap.promotion.telemetry.rows import ContentRow, FeedbackRow, Outcome, Role, Signal
from passgap.promotion.telemetry.summary import summarise
from telemetry_rows import call


@pytest.fixture
def study(tmp_path: Path) -> Path:
    log = DayLog(telemetry_folder(tmp_path), "a")
    for number in range(10):
        log.append(call(number, latency_seconds=0.1 * (number + 1)))
    log.append(call(10, outcome=Outcome.TIMEOUT, prompt_tokens=None, completion_tokens=None))
    log.append(
        call(11, role=Role.SHADOW, pair_id="r3", checkpoint="tuned", time=dt.datetime(2026, 5, 2, tzinfo=dt.UTC))
    )
    said = {"feedback_id": "f", "request_id": "r3", "signal": Signal.EDITED, "value": 0.5, "key": None}
    log.append(FeedbackRow.model_validate({**said, "time": dt.datetime(2026, 5, 1, tzinfo=dt.UTC)}))
    log.close()
    return tmp_path


def test_copies_are_in_no_total_of_productions() -> None:
    rows = [call(number, latency_seconds=0.1 * (number + 1)) for number in range(10)]
    rows += [call(20, role=Role.SHADOW, checkpoint="tuned"), call(21, outcome=Outcome.TIMEOUT)]
    production, shadow = summarise(rows)
    assert (production.role, production.calls, production.prompt_tokens) == (Role.PRODUCTION, 11, 33)
    assert production.outcomes == {Outcome.OK: 10, Outcome.TIMEOUT: 1}
    assert production.latency_median_seconds == pytest.approx(0.5, rel=0.045)
    assert production.latency_99_seconds == pytest.approx(1.0, rel=0.045)
    assert (shadow.checkpoint, shadow.calls) == ("tuned", 1)
    assert summarise([]) == ()


def test_every_day_is_a_parquet_file_with_typed_columns(study: Path) -> None:
    written = export_parquet(telemetry_folder(study), study / "out")
    assert sorted(each.name for each in written) == [
        "calls-2026-05-01.parquet",
        "calls-2026-05-02.parquet",
        "feedback-2026-05-01.parquet",
    ]
    table = pq.read_table(study / "out" / "calls-2026-05-01.parquet")
    assert table.num_rows == 11
    assert str(table.schema.field("time").type) == "timestamp[us, tz=UTC]"
    assert {str(table.schema.field(name).type) for name in ("latency_seconds", "canary_share")} == {"double"}
    assert {str(table.schema.field(name).type) for name in ("attempts", "prompt_tokens")} == {"int64"}
    assert table.column("outcome").to_pylist().count("timeout") == 1


def test_the_command_counts_queries_exports_and_shows_one_call(study: Path) -> None:
    assert invoke("telemetry", str(study / "nowhere")).code == 2
    (study / "new").mkdir()
    assert "No calls yet" in invoke("telemetry", str(study / "new")).stdout
    counted = json.loads(invoke("telemetry", str(study), "--json").stdout)["parts"]
    assert [(each["role"], each["calls"]) for each in counted] == [("production", 11), ("shadow", 1)]
    said = invoke("telemetry", str(study)).stdout
    assert "production: base, /v1/chat/completions: 11 calls (10 ok, 1 timeout)" in said
    assert "request_id: r3" in invoke("telemetry", str(study), "--call", "r3").stdout
    assert "shadow" in invoke("telemetry", str(study), "--sql", "select role from calls group by 1").stdout
    asked = "select role, count(*) as n from calls group by role order by role"
    assert json.loads(invoke("telemetry", str(study), "--sql", asked, "--json").stdout)["rows"] == [
        {"role": "production", "n": 11},
        {"role": "shadow", "n": 1},
    ]
    rows = json.loads(invoke("telemetry", str(study), "--call", "r3", "--json").stdout)["rows"]
    assert [each.get("role", each.get("signal")) for each in rows] == ["production", "shadow", "edited"]
    written = json.loads(invoke("telemetry", str(study), "--export", str(study / "o"), "--json").stdout)["written"]
    assert len(written) == 3


def test_both_answers_to_a_request_are_shown_side_by_side_and_texts_where_they_are_kept(tmp_path: Path) -> None:
    log = DayLog(telemetry_folder(tmp_path), "a")
    for number in range(4):
        dropped = {"outcome": Outcome.DROPPED} if number == 3 else {}
        shadow = {"request_id": f"s{number}", "role": Role.SHADOW, "checkpoint": "tuned", "mirrored": True, **dropped}
        log.append(call(number, mirrored=True))
        log.append(call(number, **shadow))
    log.append(call(9))
    without = invoke("telemetry", str(tmp_path), "--pairs", "5").stdout
    assert "production: base" in without and "candidate: tuned" in without and "telemetry.contents" in without
    for name, text in (("r2", "from [base]"), ("s2", "from \x1b[31m tuned")):
        known = {"request_id": name, "pair_id": "r2", "time": call(2).time, "role": Role.PRODUCTION, "checkpoint": "x"}
        log.append(ContentRow(**known, prompt="{}", answer=text, cut=False))
    log.close()
    shown = invoke("telemetry", str(tmp_path), "--pairs", "1").stdout
    assert "from [base]" in shown and "from \\x1b[31m tuned" in shown
    pairs = json.loads(invoke("telemetry", str(tmp_path), "--pairs", "2", "--json").stdout)["pairs"]
    assert [each["pair_id"] for each in pairs] == ["r1", "r2"], "the last, without the one that was dropped"
    assert pairs[1]["prompt"] == "{}" and pairs[1]["candidate"]["answer"] == "from \x1b[31m tuned"
    assert pairs[0]["production"]["answer"] is None
    (tmp_path / "new").mkdir()
    assert "No mirrored calls" in invoke("telemetry", str(tmp_path / "new"), "--pairs", "1").stdout


@pytest.mark.parametrize("query", ["select * from nowhere", "select * from read_text('/etc/passwd')", "nonsense"])
def test_a_query_sees_telemetry_and_no_other_file(query: str, study: Path) -> None:
    refused = invoke("telemetry", str(study), "--sql", query)
    assert refused.code == 2 and "the query was refused" in refused.stderr
