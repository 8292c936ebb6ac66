"""Requests as no client writes them: refused by a 4xx, cut, or the upstream's own answer; never a 500, never two."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from gateways import ASKED, Running, gateway, settings, stubs, until
from passgap.promotion.gateway import admission

BODY = json.dumps(ASKED).encode()


@pytest.fixture(scope="module")
def base() -> Iterator[Any]:
    with stubs.stub_upstream("base-model") as stub:
        yield stub


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, base: Any) -> Iterator[Running]:
    limits = {"header_bytes": 4096, "header_count": 20, "body_bytes": 4096}
    declared = settings(base, limits=limits, routes=[{"path": "/v1/files/*"}])
    with gateway(tmp_path_factory.mktemp("guarded"), declared) as found:
        yield found


def exchange(running: Running, data: bytes, *, patient: bool = False) -> bytes:
    """Send bytes, and return everything that comes back until the connection is closed."""
    got = b""
    with socket.create_connection(("127.0.0.1", running.port), timeout=600) as connection:
        try:
            connection.sendall(data)
            if not patient:
                connection.shutdown(socket.SHUT_WR)
            while part := connection.recv(65536):
                got += part
        except OSError:  # the gateway closed the connection
            pass
    return got


def served(stub: Any) -> int:
    """How many calls a stub has answered, less the gateway's own questions for its models."""
    return sum(count for path, count in stub.seen.count.items() if path != "/v1/models")


def head(*lines: str, path: str = "/v1/chat/completions", method: str = "POST") -> bytes:
    return "\r\n".join((f"{method} {path} HTTP/1.1", "host: x", *lines, "", "")).encode("latin-1")


SMUGGLED = b"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n{}"

LAST = b"0\r\n\r\n" + SMUGGLED
"""The last chunk of a request, and another request."""

AMBIGUOUS = {
    "a length and chunks": head("content-length: 4", "transfer-encoding: chunked") + LAST,
    "chunks and a length": head("transfer-encoding: chunked", "content-length: 4") + LAST,
    "two lengths": head("content-length: 2", "content-length: 60") + b"{}" + SMUGGLED,
    "one length twice": head("content-length: 2", "content-length: 2") + b"{}" + SMUGGLED,
    "chunks twice and a length": head("transfer-encoding: chunked", "transfer-encoding: chunked", "content-length: 4")
    + LAST,
    "a length and chunks behind a tab": head("content-length: 4", "transfer-encoding:\tchunked") + LAST,
    "a length and chunks in capitals": head("Content-Length: 4", "TRANSFER-ENCODING: CHUNKED") + LAST,
    "a length and chunks before a space": head("content-length: 4", "transfer-encoding : chunked") + LAST,
    "a length and a folded chunked": head("content-length: 4", "transfer-encoding:\r\n chunked") + LAST,
    "a length and a quoted chunked": head("content-length: 4", 'transfer-encoding: "chunked"') + LAST,
    "a length and chunks then another": head(
        "content-length: 4", "transfer-encoding: chunked", "transfer-encoding: identity"
    )
    + LAST,
    "a length in hexadecimal": head("content-length: 0x2") + b"{}" + SMUGGLED,
    "a length that is none": head("content-length: -1") + SMUGGLED,
    "a length with a sign": head("content-length: +2") + b"{}" + SMUGGLED,
    "a length in a list": head("content-length: 2, 2") + b"{}" + SMUGGLED,
    "chunked that is not last": head("transfer-encoding: chunked, identity") + LAST,
    "another coding": head("transfer-encoding: xchunked") + LAST,
    "a space before the colon": head("content-length : 2") + b"{}" + SMUGGLED,
    "a folded header": head("x-a: 1\r\n content-length: 60", "content-length: 2") + b"{}" + SMUGGLED,
    "a bare CR in a header": head("x-a: 1\rcontent-length: 60", "content-length: 2") + b"{}" + SMUGGLED,
    "a NUL in a header": head("x-a: \x00", "content-length: 2") + b"{}" + SMUGGLED,
    "a chunk size that is none": head("transfer-encoding: chunked") + b"zz\r\n{}\r\n0\r\n\r\n" + SMUGGLED,
}


CROOKED = (
    *("/v1/../status", "/v1/%2e%2e/status", "/v1/..%2fstatus", "/v1%2f..%2frollback", "/v1/files/..%2f..%2fstatus"),
    *("/v1/files/%2e%2e%2f%2e%2e%2fseen", "/v1/files/..%5c..%5cstatus", "/v1/files/a/../../../metrics", "/./status"),
    *("http://admin/status", "http://x/v1/../status", "/%2fstatus", "//status", "/v1//files/a", "/v1/files/a%00b"),
)
"""Paths of operators, written so that somebody on the way may read them otherwise."""


@pytest.mark.parametrize("case", AMBIGUOUS)
def test_a_request_whose_end_is_ambiguous_is_refused_and_nothing_behind_it_is_served(
    case: str, base: Any, running: Running
) -> None:
    before = served(base)
    got = exchange(running, AMBIGUOUS[case])
    assert got.count(b"HTTP/1.1 ") <= 1
    assert got == b"" or got.startswith(b"HTTP/1.1 4"), got
    assert served(base) == before


def test_headers_beyond_the_limits_are_refused(base: Any, running: Running) -> None:
    before = served(base)
    for lines in (
        [f"x-{number}: 1" for number in range(30)],
        ["x-a: " + "a" * 5000],
        [f"x-{number}: {'a' * 600}" for number in range(10)],
    ):
        assert exchange(running, head(*lines, "content-length: 2") + b"{}").startswith(b"HTTP/1.1 431")
    assert exchange(running, head(path="/" + "a" * 6000)).startswith(b"HTTP/1.1 431")
    endless = exchange(running, b"POST / HTTP/1.1\r\nx-a: " + b"a" * 200_000)
    assert endless == b"" or endless.startswith(b"HTTP/1.1 431")
    assert served(base) == before


def test_a_client_that_takes_its_time_is_cut_off(tmp_path: Path, base: Any) -> None:
    declared = settings(base, limits={"header_seconds": 0.3, "body_seconds": 0.3})
    with gateway(tmp_path, declared) as strict:
        begun = b"POST /v1/chat/completions HTTP/1.1\r\nhost:"
        assert exchange(strict, begun, patient=True).startswith(b"HTTP/1.1 408")
        assert exchange(strict, b"", patient=True).startswith(b"HTTP/1.1 408")
        late = exchange(strict, head("content-length: 100") + b"{", patient=True)
    assert late.startswith(b"HTTP/1.1 408") and b"x-passgap-checkpoint: none" in late


def test_a_body_beyond_the_limit_is_refused_whether_it_is_announced_or_not(base: Any, running: Running) -> None:
    before = served(base)
    assert exchange(running, head("content-length: 5000")).startswith(b"HTTP/1.1 413")
    assert exchange(running, head("content-length: 99999999999999999999999")).startswith(b"HTTP/1.1 4")
    chunks = b"".join(b"400\r\n" + b"x" * 1024 + b"\r\n" for _ in range(6)) + b"0\r\n\r\n"
    assert exchange(running, head("transfer-encoding: chunked") + chunks, patient=True).startswith(b"HTTP/1.1 413")
    assert served(base) == before


def test_no_request_chooses_where_it_goes(base: Any, running: Running) -> None:
    with stubs.stub_upstream("elsewhere") as elsewhere:
        place = f"127.0.0.1:{elsewhere.port}"
        body = json.dumps({**ASKED, "api_base": elsewhere.url, "base_url": elsewhere.url}).encode()
        length = f"content-length: {len(body)}"
        for lines, path in (
            ([f"host: {place}"], "/v1/chat/completions"),
            ([f"x-forwarded-host: {place}", f"forwarded: host={place}"], "/v1/chat/completions"),
            ([], f"http://{place}/v1/chat/completions"),
            ([], f"/v1/files/http://{place}/x"),
            ([], f"/v1/files/@{place}/x"),
            ([], "/v1/files/%2e%2e/%2e%2e/seen"),
            ([], "/v1/files/../../seen"),
            ([], f"//{place}/v1/chat/completions"),
            *(([], path) for path in CROOKED),
        ):
            exchange(running, head(length, "connection: close", *lines, path=path) + body)
        assert sum(elsewhere.seen.count.values()) == 0
    assert all(each["path"].startswith("/v1/") and ".." not in each["path"] for each in base.seen.requests)


def test_operators_paths_are_not_on_the_clients_listener(base: Any, running: Running) -> None:
    for path in ("/status", "/metrics", "/rollback", "/healthz"):
        for method in ("GET", "POST"):
            assert httpx.request(method, running.url + path, timeout=600).status_code == 404
    before = served(base)
    for path in CROOKED:
        for method in ("GET", "POST"):
            got = exchange(running, head("content-length: 2", "connection: close", path=path, method=method) + b"{}")
            assert got.startswith(b"HTTP/1.1 4") and b"config_hash" not in got and b"accepted" not in got, (path, got)
    assert served(base) == before


def test_every_key_is_compared_in_constant_time_whichever_matches(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[tuple[bytes, bytes]] = []

    def compare(one: bytes, other: bytes) -> bool:
        compared.append((one, other))
        return one == other

    monkeypatch.setattr(admission.hmac, "compare_digest", compare)
    clients = tuple(admission.ClientKey(name, admission.digest_of_key(name), 1) for name in ("a", "b", "c"))
    keys = admission.Keys(clients, admission.digest_of_key("ops"), {})
    for presented, name in (("a", "a"), ("c", "c"), ("x", None), ("", None)):
        compared.clear()
        found = keys.client_of({b"authorization": f"Bearer {presented}".encode()})
        assert (found and found.name) == name
        assert [one for one, _ in compared] == [each.sha256 for each in clients]
        assert {len(other) for _, other in compared} == {32}, "hashes are compared, whose length tells nothing"
    assert keys.is_admin({b"x-api-key": b"ops"}) and not keys.is_admin({b"x-api-key": b"a"}) and not keys.is_admin({})


LINES = st.lists(
    st.sampled_from(
        [
            *("content-length: 0", "content-length: 2", "content-length: 7", "transfer-encoding: chunked", "host: y"),
            *("connection: close", "connection: upgrade", "upgrade: websocket", "expect: 100-continue", "te: trailers"),
            *("content-type: text/plain", "authorization: Bearer x", "accept-encoding: gzip", "x-a: é", "cookie: a=b"),
        ]
    )
    | st.text(st.characters(max_codepoint=255, exclude_characters="\r\n"), max_size=30),
    max_size=5,
)


@hypothesis_settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    method=st.sampled_from(
        ["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "CONNECT", "TRACE", "PATCH", "BREW", ""]
    ),
    path=st.sampled_from(
        [
            "/v1/chat/completions",
            "/v1/completions",
            "/v1/models",
            "/v1/models/a",
            "/v1/feedback",
            "/v1/files/a",
            "*",
            "/",
        ]
    )
    | st.text(st.characters(max_codepoint=255, exclude_characters="\r\n "), min_size=1, max_size=20),
    lines=LINES,
    tail=st.sampled_from([b"", b"{}", b"0\r\n\r\n", b"2\r\n{}\r\n0\r\n\r\n", SMUGGLED]) | st.binary(max_size=20),
)
def test_no_bytes_make_the_gateway_fail(
    method: str, path: str, lines: list[str], tail: bytes, running: Running
) -> None:
    got = exchange(running, head(*lines, path=path, method=method) + tail)
    assert not got.startswith(b"HTTP/1.1 5"), got
    assert b"Traceback" not in got and b"Internal Server Error" not in got


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["model", "user", "stream", "messages", "signal", "request_id"]), inner, max_size=4
        )
    ),
    max_leaves=8,
)


@hypothesis_settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=JSON, path=st.sampled_from(["/v1/chat/completions", "/v1/completions", "/v1/feedback", "/v1/files/a"]))
def test_every_body_gets_an_answer_that_is_no_failure(body: Any, path: str, running: Running) -> None:
    assert running.post(body, path).status_code < 500


def test_too_many_calls_at_once_are_told_so(tmp_path: Path, base: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEAM_KEY", "team-secret")
    keys = [{"name": "team", "variable": "TEAM_KEY", "concurrency": 1}]
    declared = settings(base, keys=keys, limits={"concurrency": 2})
    base.become("hang")
    try:
        with gateway(tmp_path, declared) as guarded:
            before = base.seen.count["/v1/chat/completions"]
            with socket.create_connection(("127.0.0.1", guarded.port)) as waiting:
                waiting.sendall(head("authorization: Bearer team-secret", f"content-length: {len(BODY)}") + BODY)
                until(lambda: base.seen.count["/v1/chat/completions"] > before)
                refused = guarded.post(authorization="Bearer team-secret")
            assert (refused.status_code, refused.json()["error"]["code"]) == (429, "too_many_calls_of_key")
            assert refused.headers["retry-after"] == "1"
            until(lambda: len(guarded.rows()) == 2)
            base.become()
            assert guarded.post(authorization="Bearer team-secret").status_code == 200
    finally:
        base.become()
