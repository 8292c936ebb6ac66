"""One connection to an upstream, parsed by httptools (llhttp, the parser of Node.js, in its strict mode)."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Any

import httptools

from passgap.promotion.gateway.ports import CutFault, UnreachableFault, UpstreamFault

_LARGEST_HEAD = 256 * 1024

_READ_AHEAD = 256 * 1024
"""Bytes of a body that are held for a client that reads slowly; the upstream waits then."""

_WITHOUT_BODY = (204, 304)


class UpstreamConnection(asyncio.Protocol):
    """Carries one request and its answer after the other."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._parser = httptools.HttpResponseParser(self)
        self.transport: Any = None
        self.lost = False
        self.idle_since = 0.0
        self._asked = False
        self.used = False
        """Whether it has carried a request before the present one."""
        self._begin()

    def _begin(self) -> None:
        self.status = 0
        self.headers: list[tuple[bytes, bytes]] = []
        self.received = 0
        """Bytes of the answer so far, its head included."""
        self.ended = False
        self._head = False
        self._until_eof = False
        self._keeps = False
        self._fault: UpstreamFault | None = None
        self._chunks: deque[bytes] = deque()
        self._buffered = 0
        self._paused = False
        self._waiter: asyncio.Future[None] | None = None

    @property
    def reusable(self) -> bool:
        """Whether another request can be sent: the answer was whole, and the server keeps the connection."""
        return self.ended and self._keeps and not self.lost and not self.transport.is_closing()

    def send(self, head: bytes, body: bytes) -> None:
        """Send a request."""
        self._begin()
        self._asked = True
        if self.lost or self.transport.is_closing():
            self._fault = UnreachableFault("closed")
        elif len(body) < _READ_AHEAD:
            self.transport.write(head + body)
        else:
            self.transport.writelines((head, body))

    async def head(self) -> None:
        """Wait for the head of the answer.

        Raises:
            UpstreamFault: there is none.
        """
        while not self._head:
            if self._fault is not None:
                raise self._fault
            await self._wait()

    async def read(self) -> bytes:
        """The next bytes of the body; empty at its end.

        Raises:
            CutFault: it broke off.
        """
        while not self._chunks:
            if self.ended:
                return b""
            if self._fault is not None:
                raise self._fault
            await self._wait()
        data = self._chunks[0] if len(self._chunks) == 1 else b"".join(self._chunks)
        self._chunks.clear()
        self._buffered = 0
        if self._paused and not self.lost:
            self._paused = False
            self.transport.resume_reading()
        return data

    def abort(self) -> None:
        """Close the connection at once."""
        if self.transport is not None:
            self.transport.abort()

    async def _wait(self) -> None:
        self._waiter = self._loop.create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def _fail(self, fault: UpstreamFault) -> None:
        if self._fault is None and not self.ended:
            self._fault = fault
        self._keeps = False
        self._wake()

    # What the event loop calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The connection is open."""
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        """Bytes have arrived."""
        if self.ended or not self._asked:  # whatever this is belongs to no call
            self._keeps = False
            self.transport.abort()
            return
        self.received += len(data)
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self._fail(CutFault("not_http"))
            self.transport.abort()
            return
        if not self._head and self.received > _LARGEST_HEAD:
            self._fail(CutFault("head_too_large"))
            self.transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is closed."""
        self.lost = True
        if exc is None and self._head and self._until_eof:
            self.ended = True
            self._wake()
        elif self.received:
            self._fail(CutFault("cut"))
        else:
            self._fail(UnreachableFault("disconnected"))

    # What the parser calls.

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header has arrived."""
        if not self._head:  # what follows a head is a trailer, or of an answer that nobody asked for
            self.headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        """The head has arrived."""
        if self._head:
            return
        status = self._parser.get_status_code()
        if status < 200:
            self.headers = []
            return
        self.status = status
        names = {name for name, _ in self.headers}
        framed = b"content-length" in names or b"transfer-encoding" in names
        self._until_eof = not framed and status not in _WITHOUT_BODY
        self._head = True
        self._wake()

    def on_body(self, body: bytes) -> None:
        """A part of the body has arrived."""
        if self.ended:
            return
        self._chunks.append(body)
        self._buffered += len(body)
        if self._buffered > _READ_AHEAD and not self._paused:
            self._paused = True
            self.transport.pause_reading()
        self._wake()

    def on_message_complete(self) -> None:
        """The answer is whole."""
        if not self._head:
            return  # an interim answer
        if self.ended:
            self._keeps = False  # a second answer to one request
            return
        self.ended = True
        self._keeps = self._parser.should_keep_alive()
        self._wake()
