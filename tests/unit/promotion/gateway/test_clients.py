"""Both clients for upstreams keep one contract; the lean one is held against every kind of bytes as well."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from gateways import stubs
from passgap.promotion.gateway.aiohttp_client import AiohttpClient
from passgap.promotion.gateway.httptools_client import HttptoolsClient
from passgap.promotion.gateway.httptools_connection import UpstreamConnection
from passgap.promotion.gateway.ports import ConnectTimeoutFault, CutFault, UnreachableFault, UpstreamFault
from passgap.promotion.routing.snapshot import Upstream
from passgap.promotion.settings import UpstreamSection

CLIENTS = [AiohttpClient, HttptoolsClient]


def upstream(url: str) -> Upstream:
    return Upstream("u", UpstreamSection(base_url=url, model="m", checkpoint="c"))


def with_client(kind: Any, use: Callable[[Any], Awaitable[Any]]) -> Any:
    async def run() -> Any:
        client = kind()
        try:
            return await use(client)
        finally:
            await client.close()

    return asyncio.run(run())


async def whole(client: Any, at: Upstream, body: bytes = b"{}", **more: Any) -> tuple[int, bytes, int]:
    answer = await client.open(at, "POST", "/chat/completions", more.get("headers", ()), body, more.get("key"))
    try:
        got = b""
        while part := await answer.read():
            got += part
        return answer.status, got, answer.attempts
    finally:
        answer.close()


@pytest.mark.parametrize("kind", CLIENTS)
def test_answers_come_back_as_they_were_sent_over_few_connections(kind: Any) -> None:
    async def use(client: Any) -> None:
        at = upstream(stub.url)
        for _ in range(5):
            assert await whole(client, at) == (200, stub.chat, 1)
            streamed = await whole(client, at, b'{"stream": true}', headers=((b"x-a", b"1"),), key="k")
            assert streamed == (200, b"".join(stub.events), 1)
        assert len(stub.connections) == 1
        large = b"{" + b" " * 3_000_000 + b"}"
        assert (await whole(client, at, large))[0] == 200

    with stubs.stub_upstream() as stub:
        with_client(kind, use)
        sent = stub.seen.requests[1]
        assert dict(sent["headers"])["authorization"] == "Bearer k" and dict(sent["headers"])["x-a"] == "1"
        assert len(stub.seen.requests[-1]["body"]) == 3_000_002


@pytest.mark.parametrize("kind", CLIENTS)
def test_a_pooled_connection_that_was_closed_is_replaced_once_and_a_fresh_one_is_not(kind: Any) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        if connections in failing:
            await reader.readuntil(b"\r\n\r\n")
            writer.close()
            return
        await reader.readuntil(b"\r\n\r\n{}")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")
        await reader.readuntil(b"\r\n\r\n{}")  # the next request finds the connection closed
        writer.close()

    connections = 0
    failing: set[int] = set()

    async def use(client: Any) -> None:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        at = upstream(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1")
        assert await whole(client, at) == (200, b"ok", 1)
        assert await whole(client, at) == (200, b"ok", 2)
        failing.add(3)
        with pytest.raises(UnreachableFault) as failed:
            await whole(client, at)
        assert (failed.value.attempts, connections) == (2, 3)
        failing.add(4)
        with pytest.raises(UnreachableFault) as failed:
            await whole(client, at)
        assert (failed.value.attempts, connections) == (1, 4)
        server.close()

    with_client(kind, use)


RAW: dict[str, tuple[bytes, Any]] = {
    "a body until the end": (b"HTTP/1.1 200 OK\r\n\r\nabc", (200, b"abc")),
    "no body": (b"HTTP/1.1 204 No Content\r\n\r\n", (204, b"")),
    "an interim answer": (
        b"HTTP/1.1 103 Hints\r\nlink: a\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\nx",
        (200, b"x"),
    ),
    "chunks with extensions and trailers": (
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3;a=b\r\nabc\r\n0\r\nx-t: 1\r\n\r\n",
        (200, b"abc"),
    ),
    "HTTP/1.0": (b"HTTP/1.0 200 OK\r\ncontent-length: 3\r\n\r\nabc", (200, b"abc")),
    "nothing": (b"", UnreachableFault),
    "half a head": (b"HTTP/1.1 200 OK\r\ncontent-le", UpstreamFault),
    "half a body": (b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc", CutFault),
    "half a chunk": (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n9\r\nabc", CutFault),
    "chunks without an end": (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n", CutFault),
    "a chunk size that is none": (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nxyz\r\n", CutFault),
    "no HTTP": (b"SSH-2.0-OpenSSH\r\n", CutFault),
    "a length and chunks": (
        b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n",
        UpstreamFault,
    ),
}


@pytest.mark.parametrize("kind", CLIENTS)
@pytest.mark.parametrize("case", RAW)
def test_what_a_server_writes_is_read_or_a_fault(case: str, kind: Any) -> None:
    raw, expected = RAW[case]

    async def use(client: Any) -> Any:
        return (await whole(client, upstream(stub.url)))[:2]

    with stubs.stub_upstream() as stub:
        stub.become("raw", raw=raw.decode("latin-1"))
        if isinstance(expected, tuple):
            assert with_client(kind, use) == expected
        else:
            with pytest.raises(expected):
                with_client(kind, use)


@pytest.mark.parametrize("kind", CLIENTS)
def test_an_answer_that_is_let_go_closes_its_connection(kind: Any) -> None:
    async def use(client: Any) -> None:
        answer = await client.open(upstream(stub.url), "POST", "/chat/completions", (), b'{"stream": true}', None)
        await answer.read()
        answer.close()
        while not stub.seen.aborted:
            await asyncio.sleep(0.005)

    with stubs.stub_upstream() as stub:
        stub.become(event_seconds=0.02)
        with_client(kind, use)


@pytest.mark.parametrize("kind", CLIENTS)
def test_an_address_that_never_answers_is_a_time_out(kind: Any) -> None:
    async def use(client: Any) -> None:
        at = upstream("http://127.0.0.1:9/v1")
        section = at.section.model_copy(update={"base_url": "http://192.0.2.1:81/v1", "connect_seconds": 0.05})
        try:
            await whole(client, Upstream("u", section))
        except ConnectTimeoutFault:
            return
        except UnreachableFault:
            pytest.skip("this machine refuses addresses of documentation at once")

    with_client(kind, use)


class _Transport:
    """The part of a transport that a connection uses."""

    def __init__(self) -> None:
        self.closed = self.paused = False

    def write(self, _: bytes) -> None:
        assert not self.closed

    def is_closing(self) -> bool:
        return self.closed

    def abort(self) -> None:
        self.closed = True

    def pause_reading(self) -> None:
        self.paused = True

    def resume_reading(self) -> None:
        self.paused = False


PIECES = st.lists(
    st.sampled_from([raw for raw, _ in RAW.values()])
    | st.sampled_from([b"\r\n", b"0\r\n\r\n", b"HTTP/1.1 200 OK\r\n", b"content-length: 5\r\n\r\n", b"5\r\nabcde\r\n"])
    | st.binary(max_size=20),
    max_size=6,
)


@hypothesis_settings(suppress_health_check=[HealthCheck.too_slow], max_examples=60)
@given(PIECES, st.lists(st.integers(0, 400), max_size=6))
def test_every_byte_sequence_wherever_it_is_cut_is_an_answer_or_a_fault(pieces: list[bytes], cuts: list[int]) -> None:
    async def run() -> tuple[int, bytes] | str:
        connection, transport = UpstreamConnection(), _Transport()
        connection.connection_made(transport)  # type: ignore[arg-type]
        connection.send(b"GET / HTTP/1.1\r\n\r\n", b"")
        data = b"".join(pieces)
        marks = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
        for begin, end in pairwise(marks):
            if not transport.closed:
                connection.data_received(data[begin:end])
        connection.connection_lost(None)
        assert not connection.reusable
        try:
            await connection.head()
            got = b""
            while part := await connection.read():
                got += part
        except UpstreamFault as fault:
            return type(fault).__name__
        return connection.status, got

    asyncio.run(run())


def test_a_body_that_nobody_reads_is_not_read_ahead_without_end() -> None:
    async def run() -> None:
        connection, transport = UpstreamConnection(), _Transport()
        connection.connection_made(transport)  # type: ignore[arg-type]
        connection.send(b"GET / HTTP/1.1\r\n\r\n", b"")
        connection.data_received(b"HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n")
        for _ in range(10):
            connection.data_received(b"x" * 50_000)
        assert transport.paused
        assert len(await connection.read()) == 500_000
        assert not transport.paused

    asyncio.run(run())


def test_bytes_that_nobody_asked_for_close_the_connection() -> None:
    async def run() -> None:
        connection, transport = UpstreamConnection(), _Transport()
        connection.connection_made(transport)  # type: ignore[arg-type]
        connection.data_received(b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\nx")
        assert transport.closed
        other, transport = UpstreamConnection(), _Transport()
        other.connection_made(transport)  # type: ignore[arg-type]
        other.send(b"GET / HTTP/1.1\r\n\r\n", b"")
        answer = b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\nx"
        other.data_received(answer + answer)
        assert not other.reusable and await other.read() == b"x" and await other.read() == b""

    asyncio.run(run())
