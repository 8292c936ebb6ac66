"""The row that a call writes is the row that is read, whatever clients and upstreams said."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passgap.promotion.gateway.calls import Call
from passgap.promotion.gateway.request_facts import RequestFacts
from passgap.promotion.routing.snapshot import Snapshot
from passgap.promotion.settings import parse_settings
from passgap.promotion.telemetry.answers import AnswerFacts
from passgap.promotion.telemetry.day_log import DayLog
from passgap.promotion.telemetry.rows import CallRow, Outcome, Role

SNAPSHOT = Snapshot(
    parse_settings('{upstreams: {u: {base_url: "http://h/v1", model: m, checkpoint: c}}, production: u}'), b"s" * 32
)

LINES: list[bytes] = []


def kept(_: int, line: bytes) -> int:
    """Take a line as a disk does."""
    LINES.append(line)
    return len(line)


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> DayLog:
    folder: Path = tmp_path_factory.mktemp("log")
    return DayLog(folder, "a", write=kept)


TEXT = st.none() | st.text(st.characters(codec=None, exclude_categories=()), max_size=8)  # type: ignore[arg-type]

COUNT = st.none() | st.integers(0, 2**40)


@given(
    model=TEXT,
    finish=TEXT,
    prompt=COUNT,
    completion=COUNT,
    role=st.sampled_from(Role),
    outcome=st.sampled_from(Outcome),
)
def test_a_row_is_read_as_it_was_written(
    model: str | None,
    finish: str | None,
    prompt: int | None,
    completion: int | None,
    role: Role,
    outcome: Outcome,
    log: DayLog,
) -> None:
    call = Call(SNAPSHOT, "/v1/completions", "1.0 abc", role=role, upstream=SNAPSHOT.production, sent=1.5)
    call.request = RequestFacts(body=b"{}", readable=True, model=model)
    facts = AnswerFacts(prompt_tokens=prompt, completion_tokens=completion, finish_reason=finish, first_token=2.25)
    LINES.clear()
    written: Any = call.write(log, outcome, "why", facts)
    assert call.write(log, outcome, "why", facts) is None, "a call has one row"
    [line] = LINES
    row = CallRow.model_validate_json(line)
    assert {name: getattr(written, name) for name in CallRow.model_fields} == dict(row)
    assert (row.role, row.outcome, row.first_token_seconds) == (role, outcome, 0.75)
    if model is not None:
        assert row.model == model.encode("utf-8", "replace").decode("utf-8")
