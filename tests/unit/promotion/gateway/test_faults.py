"""Upstreams that are dead, hang, talk nonsense or break off: each is one outcome with one row.

A candidate that does so costs clients nothing.
"""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateways import ASKED, Running, gateway, settings, stubs, until
from passgap.promotion.telemetry.rows import Outcome, Role

SHORT = {"first_byte_seconds": 0.3}

STREAMED = {**ASKED, "stream": True}


@pytest.fixture(scope="module")
def servers() -> Iterator[tuple[Any, Any]]:
    with stubs.stub_upstream("base-model") as base, stubs.stub_upstream("tuned-model") as tuned:
        yield base, tuned


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, servers: Any) -> Iterator[Running]:
    with gateway(tmp_path_factory.mktemp("plain"), settings(*servers)) as found:
        yield found


@pytest.fixture(autouse=True)
def _well_behaved(servers: Any) -> Iterator[None]:
    yield
    for each in servers:
        each.become()


NO_ANSWER: dict[str, tuple[str, int, Outcome]] = {
    "garbage": ("garbage", 502, Outcome.UPSTREAM_CUT),
    "reset": ("reset", 502, Outcome.UNREACHABLE),
    "error": ("error", 500, Outcome.UPSTREAM_ERROR),
    "refuse": ("refuse", 400, Outcome.CLIENT_ERROR),
    "html": ("html", 200, Outcome.MALFORMED),
    "junk": ("junk", 200, Outcome.MALFORMED),
}


@pytest.mark.parametrize("case", NO_ANSWER)
def test_every_outcome_names_the_checkpoint_and_leaves_one_row(case: str, servers: Any, running: Running) -> None:
    mode, status, outcome = NO_ANSWER[case]
    servers[0].become(mode)
    for asked in (ASKED, STREAMED):
        before = len(running.rows())
        answer = running.post(asked)
        assert answer.status_code == status
        assert answer.headers["x-passgap-checkpoint"] == "base-checkpoint"
        [row] = running.rows()[before:]
        assert (row.request_id, row.outcome) == (answer.headers["x-passgap-request-id"], outcome)
        assert (row.checkpoint, row.status, row.attempts) == ("base-checkpoint", status, 1)


def cut(url: str, body: Any) -> tuple[httpx.Headers, bytes]:
    """The part that a client got of an answer that broke off; it must have noticed."""
    got = b""
    with (
        httpx.stream("POST", url + "/v1/chat/completions", json=body, timeout=600) as answer,
        pytest.raises(httpx.RemoteProtocolError),
    ):
        for part in answer.iter_raw():
            got += part
    return answer.headers, got


@pytest.mark.parametrize("body", [ASKED, STREAMED])
def test_a_cut_answer_ends_as_cut(body: Any, servers: Any, running: Running) -> None:
    servers[0].become("cut", after=5)
    headers, got = cut(running.url, body)
    assert headers["x-passgap-checkpoint"] == "base-checkpoint"
    assert got == (b"".join(servers[0].events[:5]) if "stream" in body else servers[0].chat[:5])
    row = running.rows()[-1]
    assert (row.request_id, row.outcome) == (headers["x-passgap-request-id"], Outcome.UPSTREAM_CUT)
    assert row.response_bytes == len(got) and row.finish_reason is None


def test_an_upstream_that_does_not_begin_in_time_is_an_outcome_too(tmp_path: Path, servers: Any) -> None:
    servers[0].become("hang")
    with gateway(tmp_path, settings(servers[0], changes={"base": SHORT})) as impatient:
        answer = impatient.post()
        assert (answer.status_code, answer.headers["x-passgap-checkpoint"]) == (504, "base-checkpoint")
        row = impatient.rows()[-1]
        assert (row.outcome, row.error, row.status) == (Outcome.TIMEOUT, "first_byte", 504)


def test_a_stream_that_stops_for_too_long_is_cut_and_its_row_says_so(tmp_path: Path, servers: Any) -> None:
    servers[0].become(event_seconds=600)
    with gateway(tmp_path, settings(servers[0], changes={"base": {"idle_seconds": 0.3}})) as impatient:
        headers, got = cut(impatient.url, STREAMED)
        row = impatient.rows()[-1]
    assert (got, row.outcome, row.error) == (b"", Outcome.TIMEOUT, "idle")
    assert headers["x-passgap-checkpoint"] == "base-checkpoint"
    until(lambda: servers[0].seen.aborted)


def test_a_stream_without_its_end_is_passed_on_as_it_is_and_counted(servers: Any, running: Running) -> None:
    servers[0].become("unfinished", after=5)
    answer = running.post(STREAMED)
    assert answer.content == b"".join(servers[0].events[:5])
    assert running.rows()[-1].outcome is Outcome.MALFORMED


def test_an_upstream_that_is_not_there_is_an_answer_too(tmp_path: Path, servers: Any) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        gone = settings(servers[0], changes={"base": {"base_url": f"http://127.0.0.1:{closed.getsockname()[1]}/v1"}})
        with gateway(tmp_path, gone) as running:
            answer = running.post()
            assert (answer.status_code, answer.headers["x-passgap-checkpoint"]) == (502, "base-checkpoint")
            row = running.rows()[-1]
            assert (row.outcome, row.status) == (Outcome.UNREACHABLE, 502)


def test_a_thousand_bad_requests_leave_the_upstream_in_use(servers: Any, running: Running) -> None:
    servers[0].become("refuse")
    data = json.dumps(ASKED).encode()
    with socket.create_connection(("127.0.0.1", running.port), timeout=600) as connection:
        for _ in range(1000):
            connection.sendall(
                b"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\n\r\n" % len(data) + data
            )
            got = b""
            while not got.endswith(b'{"error": {"message": "bad request"}}'):
                got += connection.recv(65536)
            assert got.startswith(b"HTTP/1.1 400")
    servers[0].become()
    assert running.post().status_code == 200


def test_a_stale_connection_is_the_one_thing_that_is_tried_again(servers: Any, running: Running) -> None:
    base = servers[0]
    assert running.post().status_code == 200
    count = base.seen.count["/v1/chat/completions"]
    # A pooled connection that a server closes at the moment at which the next request arrives on it.
    base.become("reset")
    running.loop.call_soon_threadsafe(lambda: None)
    answer = running.post()
    assert answer.status_code == 502
    row = running.rows()[-1]
    assert row.attempts == base.seen.count["/v1/chat/completions"] - count
    assert row.attempts <= 2, "once on the pooled connection, once on a fresh one"
    base.become()
    base.loop.call_soon_threadsafe(base.close_connections)
    assert running.post().status_code == 200


MODES: dict[str, dict[str, Any]] = {
    "dead": {"mode": "reset"},
    "hanging": {"mode": "hang"},
    "garbage": {"mode": "garbage"},
    "no answer": {"mode": "html"},
    "failing": {"mode": "error"},
    "cut": {"mode": "cut"},
    "slow": {"seconds": 0.2},
}


@pytest.mark.parametrize("mode", MODES)
def test_a_candidate_that_fails_costs_clients_nothing_and_is_an_outcome_of_each_copy(
    mode: str, tmp_path: Path, servers: Any
) -> None:
    base, tuned = servers
    calls = 24
    declared = settings(
        base,
        tuned,
        shadow={"share": 1.0, "concurrency": 4, "queue": 1000},
        changes={"tuned": SHORT if mode == "hanging" else {}},
    )
    tuned.become(**MODES[mode])
    with gateway(tmp_path, declared) as running:

        async def load() -> list[httpx.Response]:
            async with httpx.AsyncClient(timeout=600, limits=httpx.Limits(max_connections=8)) as client:
                url = running.url + "/v1/chat/completions"
                return await asyncio.gather(
                    *(client.post(url, json=STREAMED if number % 2 else ASKED) for number in range(calls))
                )

        answers = asyncio.run(load())
        whole = {base.chat, b"".join(base.events)}
        assert all(each.status_code == 200 and each.content in whole for each in answers)
        until(lambda: len(running.rows()) == 2 * calls)
        shadows = [row for row in running.rows() if row.role is Role.SHADOW]
        production = [row for row in running.rows() if row.role is Role.PRODUCTION]
    assert {row.outcome for row in production} == {Outcome.OK}
    assert {row.pair_id for row in shadows} == {row.request_id for row in production}
    assert len({row.request_id for row in shadows}) == calls
    faults = {row.outcome.fault_of_upstream for row in shadows}
    assert faults == {mode != "slow"}, {row.outcome for row in shadows}


def test_copies_are_dropped_only_for_what_is_known_before_and_are_counted(tmp_path: Path, servers: Any) -> None:
    base, tuned = servers
    tuned.become("hang")
    shadow = {"share": 1.0, "concurrency": 2, "queue": 3, "body_bytes": 100_000}
    declared = settings(base, tuned, shadow=shadow, changes={"tuned": {"first_byte_seconds": 0.5}})
    with gateway(tmp_path, declared) as running:
        answers = [running.post() for _ in range(9)]
        large = {**ASKED, "messages": [{"role": "user", "content": "x" * (2 << 20)}]}
        answers.append(running.post(large))
        assert {each.status_code for each in answers} == {200}
        until(lambda: len(running.rows()) == 20)
        shadows = [row for row in running.rows() if row.role is Role.SHADOW]
    counted = [(row.outcome, row.error) for row in shadows]
    assert counted.count((Outcome.DROPPED, "size")) == 1
    assert counted.count((Outcome.DROPPED, "queue_full")) + counted.count((Outcome.TIMEOUT, "first_byte")) == 9
    assert counted.count((Outcome.TIMEOUT, "first_byte")) >= 5
    assert all(row.attempts == 0 for row in shadows if row.outcome is Outcome.DROPPED)


def begin(running: Running, body: Any) -> socket.socket:
    """Send a request, and return the connection."""
    data = json.dumps(body).encode()
    connection = socket.create_connection(("127.0.0.1", running.port))
    head = f"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: {len(data)}\r\n\r\n"
    connection.sendall(head.encode() + data)
    return connection


WINDOWS: dict[str, tuple[Any, dict[str, Any], Callable[[socket.socket], Any]]] = {
    "before the first byte of a document": (ASKED, {"mode": "hang"}, lambda _: None),
    "before the first byte of a stream": (STREAMED, {"mode": "hang"}, lambda _: None),
    "with a large request": ({**ASKED, "more": "x" * 300_000}, {"mode": "hang"}, lambda _: None),
    "within a stream": (STREAMED, {"event_seconds": 0.05}, lambda connection: connection.recv(4096)),
}


@pytest.mark.parametrize("window", WINDOWS)
def test_an_upstream_sees_that_its_client_has_gone(window: str, tmp_path: Path, servers: Any) -> None:
    body, how, first = WINDOWS[window]
    base = servers[0]
    with gateway(tmp_path, settings(base)) as running:
        base.become(**how)
        count, aborted = base.seen.count["/v1/chat/completions"], len(base.seen.aborted)
        connection = begin(running, body)
        until(lambda: base.seen.count["/v1/chat/completions"] > count)
        first(connection)
        connection.close()
        until(lambda: len(base.seen.aborted) > aborted)
        [row] = until(running.rows)
    assert (row.outcome, row.checkpoint) == (Outcome.CLIENT_CLOSED, "base-checkpoint")


@pytest.mark.parametrize("late", [False, True], ids=["at once", "while the first is answered"])
def test_the_call_in_flight_is_aborted_where_its_client_had_sent_the_next_one_already(
    late: bool, tmp_path: Path, servers: Any
) -> None:
    base = servers[0]
    with gateway(tmp_path, settings(base)) as running:
        base.become("hang")
        count, aborted = base.seen.count["/v1/chat/completions"], len(base.seen.aborted)
        connection = begin(running, ASKED)
        if late:
            until(lambda: base.seen.count["/v1/chat/completions"] > count)
        data = json.dumps(STREAMED).encode()
        connection.sendall(
            b"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\n\r\n" % len(data) + data
        )
        until(lambda: base.seen.count["/v1/chat/completions"] > count)
        connection.close()
        until(lambda: len(base.seen.aborted) > aborted)
        rows = until(running.rows)
    assert rows[0].outcome is Outcome.CLIENT_CLOSED


def test_a_server_that_an_abort_harms_is_read_to_the_end_within_bounds(tmp_path: Path, servers: Any) -> None:
    base = servers[0]
    drain = {"on_client_close": "drain", "drain_seconds": 600}
    with gateway(tmp_path, settings(base, changes={"base": drain})) as running:
        base.become(event_seconds=0.005)
        aborted = len(base.seen.aborted)
        connection = begin(running, STREAMED)
        connection.recv(4096)
        connection.close()
        [row] = until(running.rows)
        assert (row.outcome, row.completion_tokens, row.finish_reason) == (Outcome.CLIENT_CLOSED, 27, "stop")
        assert len(base.seen.aborted) == aborted
        drain["drain_seconds"] = 0.1
        running.change(settings(base, changes={"base": drain}))
        base.become("hang")
        count = base.seen.count["/v1/chat/completions"]
        connection = begin(running, STREAMED)
        until(lambda: base.seen.count["/v1/chat/completions"] > count)
        connection.close()
        until(lambda: len(running.rows()) == 2)
        assert running.rows()[-1].outcome is Outcome.CLIENT_CLOSED
        until(lambda: len(base.seen.aborted) > aborted)
