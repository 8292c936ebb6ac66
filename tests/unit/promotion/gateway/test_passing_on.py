"""Answers pass the gateway byte for byte, each call is named and leaves one row, and copies change nothing of it."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from scipy.stats import binom

from gateways import ASKED, Running, gateway, settings, stubs, until
from passgap.promotion.telemetry.rows import CallRow, ContentRow, FeedbackRow, Outcome, Role

KNOWN = (
    *("host", "content-length", "content-type", "accept", "accept-encoding", "connection", "user-agent"),
    *("transfer-encoding", "authorization"),
)


@pytest.fixture(scope="module")
def base() -> Iterator[Any]:
    with stubs.stub_upstream("base-model") as stub:
        yield stub


@pytest.fixture(scope="module")
def tuned() -> Iterator[Any]:
    with stubs.stub_upstream("tuned-model") as stub:
        yield stub


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, base: Any, tuned: Any) -> Iterator[Running]:
    declared = settings(base, tuned, routes=[{"path": "/v1/responses", "split": True}, {"path": "/v1/files/*"}])
    with gateway(tmp_path_factory.mktemp("plain"), declared) as found:
        yield found


@pytest.fixture(scope="module")
def mirroring(tmp_path_factory: pytest.TempPathFactory, base: Any, tuned: Any) -> Iterator[Running]:
    declared = settings(
        base,
        tuned,
        shadow={"share": 1.0},
        served_as=["autocomplete"],
        routes=[{"path": "/v1/responses", "split": True}, {"path": "/v1/files/*"}],
        telemetry={"contents": "all"},
    )
    with gateway(tmp_path_factory.mktemp("mirroring"), declared) as found:
        yield found


CALLS: dict[str, tuple[str, str, Any]] = {
    "chat": ("POST", "/v1/chat/completions", ASKED),
    "a streamed chat": ("POST", "/v1/chat/completions", {**ASKED, "stream": True}),
    "a completion": ("POST", "/v1/completions", {"model": "base-model", "prompt": "def add("}),
    "the models": ("GET", "/v1/models", None),
    "one model": ("GET", "/v1/models/my-org%2Fbase", None),
    "another model": ("POST", "/v1/chat/completions", {**ASKED, "model": "gpt-x"}),
    "no model": ("POST", "/v1/chat/completions", {"messages": []}),
    "a declared path": ("POST", "/v1/responses", {"model": "base-model", "input": "x"}),
    "a path below a declared one": ("GET", "/v1/files/a?limit=2&after=%C3%A9", None),
    "a request that is no JSON": ("POST", "/v1/chat/completions", b"{nonsense"),
    "a request that is no text": ("POST", "/v1/chat/completions", b"\xff\xfe\x00"),
    "a request with half a character": ("POST", "/v1/chat/completions", b'{"model": "\\ud800", "user": "\\udfff"}'),
    "a request of nested junk": ("POST", "/v1/chat/completions", b"[" * 100_000),
    "an empty request": ("POST", "/v1/chat/completions", b""),
}


def asked_of(stub: Any) -> list[dict[str, Any]]:
    """The requests of clients that a stub has seen: the gateways' own questions have no header but one."""
    return [each for each in stub.seen.requests if len(each["headers"]) > 1]


def send(url: str, call: tuple[str, str, Any]) -> httpx.Response:
    method, path, body = call
    content = body if isinstance(body, bytes | None) else json.dumps(body).encode()
    return httpx.request(method, url.removesuffix("/v1") + path, content=content, timeout=600)


@pytest.mark.parametrize("case", CALLS)
def test_the_answer_is_the_upstreams_whether_calls_are_mirrored_or_not(
    case: str, base: Any, running: Running, mirroring: Running
) -> None:
    direct = send(base.url, CALLS[case])
    for each in (running, mirroring):
        seen, rows = len(asked_of(base)), len(each.rows())
        passed = send(each.url, CALLS[case])
        assert (passed.status_code, passed.content) == (direct.status_code, direct.content)
        headers = dict(passed.headers)
        assert headers.pop("x-passgap-checkpoint") == "base-checkpoint"
        assert headers.pop("x-passgap-route") == "production"
        name = headers.pop("x-passgap-request-id")
        assert headers == dict(direct.headers)
        [asked] = asked_of(base)[seen:]
        assert (asked["method"], asked["path"]) == CALLS[case][:2]
        assert asked["body"].encode("latin-1") == (passed.request.content or b"")
        assert {key for key, _ in asked["headers"]} <= set(KNOWN)
        [row] = [row for row in each.rows()[rows:] if row.role is Role.PRODUCTION]
        assert (row.request_id, row.outcome, row.attempts, row.status) == (name, Outcome.OK, 1, direct.status_code)


def test_a_copy_bears_the_candidates_name_of_the_model_and_leaves_a_row_of_its_own(
    base: Any, tuned: Any, mirroring: Running
) -> None:
    seen = len(asked_of(tuned))
    for asked in ({**ASKED, "model": "autocomplete"}, {**ASKED, "stream": True}):
        rows = len(mirroring.rows())
        answer = mirroring.post(asked)
        name = answer.headers["x-passgap-request-id"]
        until(lambda before=rows: len(mirroring.rows()) == before + 2)
        [shadow] = [each for each in mirroring.rows() if each.pair_id == name and each.role is Role.SHADOW]
        [original] = [each for each in mirroring.rows() if each.request_id == name]
        assert shadow.request_id != name and shadow.checkpoint == "tuned-checkpoint"
        assert original.mirrored and original.pair_id == name and original.checkpoint == "base-checkpoint"
        assert (original.prompt_tokens, original.finish_reason) == (211, "stop")
    sent = [json.loads(each["body"]) for each in asked_of(tuned)[seen:]]
    assert [each["model"] for each in sent] == ["tuned-model", "tuned-model"]
    assert json.loads(asked_of(base)[-2]["body"])["model"] == "base-model", "production's own name, for an alias"


def test_every_path_that_is_split_is_mirrored_and_no_other(tuned: Any, mirroring: Running) -> None:
    before = dict(tuned.seen.count)
    mirrored = [
        case for case, (_, _, body) in CALLS.items() if isinstance(body, dict) and body.get("model") == "base-model"
    ]
    rows = len(mirroring.rows())
    for call in CALLS.values():
        send(mirroring.url, call)
    until(lambda: len(mirroring.rows()) == rows + len(CALLS) + len(mirrored))
    got = {path: count - before.get(path, 0) for path, count in tuned.seen.count.items() if count > before.get(path, 0)}
    assert got == {"/v1/chat/completions": 2, "/v1/completions": 1, "/v1/responses": 1}
    assert len(mirrored) == 4


def test_texts_are_kept_only_where_they_are_asked_for(running: Running, mirroring: Running) -> None:
    running.post()
    assert running.rows(ContentRow) == []
    answer = mirroring.post({**ASKED, "stream": True})
    name = answer.headers["x-passgap-request-id"]
    until(lambda: len([each for each in mirroring.rows(ContentRow) if each.pair_id == name]) == 2)
    for each in [each for each in mirroring.rows(ContentRow) if each.pair_id == name]:
        assert json.loads(each.prompt or "")["messages"] == ASKED["messages"]
        assert each.answer == "".join(f" w{number}" for number in range(27))


def test_what_the_gateway_refuses_names_no_checkpoint_and_leaves_a_row(running: Running) -> None:
    for method, path, status in (
        ("GET", "/v1/embeddings", 404),
        ("DELETE", "/v1/chat/completions", 405),
        ("GET", "/metrics", 404),
    ):
        refused = httpx.request(method, running.url + path, timeout=600)
        assert refused.status_code == status
        assert refused.headers["x-passgap-checkpoint"] == "none"
        assert refused.json()["error"]["type"] == "gateway_error"
        row = running.rows()[-1]
        assert (row.request_id, row.outcome) == (refused.headers["x-passgap-request-id"], Outcome.REFUSED)
        assert (row.role, row.status, row.checkpoint) == (Role.NONE, status, None)


def test_feedback_is_joined_to_its_call(running: Running) -> None:
    name = running.post().headers["x-passgap-request-id"]
    said = running.post({"request_id": name, "signal": "edited", "value": 0.75}, "/v1/feedback")
    assert said.status_code == 202
    row = running.rows(FeedbackRow)[-1]
    assert (row.feedback_id, row.request_id, row.signal, row.value) == (
        said.json()["feedback_id"],
        name,
        "edited",
        0.75,
    )
    for wrong in (
        {},
        {"request_id": "../x", "signal": "accepted"},
        {"request_id": name, "signal": "loved"},
        b"[",
        b"\xff",
    ):
        refused = running.post(wrong, "/v1/feedback")
        assert refused.status_code == 422, refused.text


def test_headers_that_are_the_clients_or_of_one_hop_do_not_pass(base: Any, running: Running) -> None:
    base.become(headers={"X-Request-Id": "up-1", "X-Passgap-Checkpoint": "forged", "Set-Cookie": "a=b"})
    try:
        answer = running.post(
            authorization="Bearer client-secret",
            x_api_key="client-secret",
            cookie="session=client-secret",
            x_passgap_checkpoint="forged",
            x_forwarded_for="10.0.0.1",
            connection="keep-alive, x-hop",
            x_hop="1",
            x_stays="2",
        )
    finally:
        base.become()
    sent = dict(asked_of(base)[-1]["headers"])
    assert "client-secret" not in json.dumps(asked_of(base)[-1])
    assert sent["x-stays"] == "2"
    assert not {"authorization", "cookie", "x-api-key", "x-hop", "x-passgap-checkpoint", "x-forwarded-for"} & set(sent)
    assert answer.headers.get_list("x-passgap-checkpoint") == ["base-checkpoint"]
    assert answer.headers["x-request-id"] == "up-1"
    assert running.rows()[-1].upstream_request_id == "up-1"


def test_a_redirect_is_passed_on_and_not_followed(base: Any, tuned: Any, running: Running) -> None:
    before = sum(tuned.seen.count.values())
    base.become("redirect", location=tuned.url + "/models")
    try:
        answer = running.post()
    finally:
        base.become()
    assert answer.status_code == 302 and sum(tuned.seen.count.values()) == before


def test_an_encoded_answer_keeps_its_bytes_and_its_tokens_are_read(base: Any, running: Running) -> None:
    import gzip  # noqa: PLC0415

    packed = gzip.compress(base.chat).decode("latin-1")
    head = f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {len(packed)}\r\n"
    base.become("raw", raw=f"{head}content-encoding: gzip\r\n\r\n{packed}")
    try:
        with httpx.stream("POST", running.url + "/v1/chat/completions", json=ASKED, timeout=600) as answer:
            assert b"".join(answer.iter_raw()) == packed.encode("latin-1")
    finally:
        base.become()
    row = running.rows()[-1]
    assert (row.prompt_tokens, row.outcome) == (211, Outcome.OK)


def test_the_share_of_copies_and_of_users_is_the_declared_one_on_every_path(
    tmp_path: Path, base: Any, tuned: Any
) -> None:
    paths = ("/v1/chat/completions", "/v1/completions", "/v1/responses")
    declared = settings(
        base, tuned, shadow={"share": 0.3}, canary={"share": 0.2}, routes=[{"path": paths[2], "split": True}]
    )
    with gateway(tmp_path, declared) as split:
        with httpx.Client(timeout=600) as client:
            for number in range(600):
                asked = {**ASKED, "user": f"user-{number % 200}"}
                answer = client.post(split.url + paths[number % 3], json=asked)
                served = "tuned" if answer.content in (tuned.chat, tuned.text) else "base"
                assert answer.content in (base.chat, base.text, tuned.chat, tuned.text)
                assert answer.headers["x-passgap-checkpoint"] == f"{served}-checkpoint"
        until(
            lambda: (
                sum(row.mirrored and row.role is Role.PRODUCTION for row in split.rows()) * 2
                + sum(not row.mirrored for row in split.rows())
                == len(split.rows())
            )
        )
        rows = split.rows()
    of_user: dict[str, set[str]] = {}
    for row in rows:
        if row.role is not Role.SHADOW:
            of_user.setdefault(str(row.user), set()).add(str(row.checkpoint))
    assert len(of_user) == 200 and all(len(each) == 1 for each in of_user.values())
    canary = sum(each == {"tuned-checkpoint"} for each in of_user.values())
    assert abs(canary - 40) < 5 * math.sqrt(200 * 0.2 * 0.8)
    for path in paths:
        production = [row for row in rows if row.role is Role.PRODUCTION and row.route == path]
        assert len(production) > 100
        low, high = binom.interval(1 - 1e-6, len(production), 0.3)
        assert low <= sum(row.mirrored for row in production) <= high
        copies = {row.pair_id for row in rows if row.role is Role.SHADOW and row.route == path}
        assert copies == {row.request_id for row in production if row.mirrored}
    assert not any("alice" in row.model_dump_json() or "user-1" in row.model_dump_json() for row in rows)


def test_an_upstreams_key_is_its_own(tmp_path: Path, base: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BASE_KEY", "upstream-secret")
    monkeypatch.setenv("TEAM_KEY", "team-secret")
    declared = settings(
        base, changes={"base": {"key_variable": "BASE_KEY"}}, keys=[{"name": "team", "variable": "TEAM_KEY"}]
    )
    with gateway(tmp_path, declared) as guarded:
        for wrong in ({}, {"authorization": "Bearer team"}, {"authorization": "Basic team-secret"}, {"x_api_key": ""}):
            rows = len(guarded.rows())
            refused = guarded.post(**wrong)
            assert refused.status_code == 401 and refused.headers["x-passgap-checkpoint"] == "none"
            assert len(guarded.rows()) == rows, "strangers cannot fill the disk"
        assert guarded.post(authorization="Bearer team-secret").status_code == 200
        assert guarded.post(x_api_key="team-secret").status_code == 200
        assert dict(asked_of(base)[-1]["headers"])["authorization"] == "Bearer upstream-secret"
        assert guarded.rows()[-1].key == "team"
        stored = b"".join(path.read_bytes() for path in (tmp_path / "promotion").rglob("*") if path.is_file())
    assert b"team-secret" not in stored and b"upstream-secret" not in stored


FIELD = st.sampled_from([b"data", b"event", b"id", b"retry", b"x-unknown", b"", b"data "])

ODD = (b"data", b' {"choices": [{"delta": {"odd": 1}}], "odd": {}}')

LINE = st.tuples(FIELD, st.binary(max_size=12).filter(lambda text: not {10, 13} & set(text)))


@hypothesis_settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    lines=st.lists(LINE | st.sampled_from([ODD, None]), max_size=9),
    ending=st.sampled_from([b"\n", b"\r\n", b"\r"]),
    chunked=st.booleans(),
)
def test_a_stream_of_any_events_passes_byte_for_byte(
    lines: list[tuple[bytes, bytes] | None], ending: bytes, chunked: bool, base: Any, running: Running
) -> None:
    stream = b"".join(b"" + ending if each is None else each[0] + b":" + each[1] + ending for each in lines)
    head = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n"
    if chunked:
        parts = [stream[at : at + 7] for at in range(0, len(stream), 7)]
        written = b"".join(b"%x\r\n%s\r\n" % (len(each), each) for each in parts) + b"0\r\n\r\n"
        head += b"transfer-encoding: chunked\r\n\r\n"
    else:
        written, head = stream, head + b"content-length: %d\r\n\r\n" % len(stream)
    base.become("raw", raw=(head + written).decode("latin-1"))
    try:
        assert running.post({**ASKED, "stream": True}).content == stream
    finally:
        base.become()


def test_rows_are_calls(running: Running) -> None:
    names = [row.request_id for row in running.rows(CallRow)]
    assert len(names) == len(set(names)) > 0
