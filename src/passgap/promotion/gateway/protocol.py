"""uvicorn's HTTP protocol, with bounds on a request's headers and on the time that they may take."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from passgap.promotion.gateway.inbound import EXTENSION, Inbound
from passgap.promotion.gateway.joined_writes import JoinedWrites
from passgap.promotion.settings import LimitsSection

FAREWELL_SECONDS = 1.0
"""How long a kept connection without a call stays open when the gateway is told to end: a client that sends its next
call at this moment gets an answer, which asks it to call elsewhere, and no closed connection."""

READ_AHEAD = 1 << 20
"""The most bytes of later requests on a connection that are read while a call is answered. uvicorn stops reading when a
second request arrives, and so would not see the client of the first one go."""


class BoundedProtocol(HttpToolsProtocol):
    """Ends a connection whose headers are too large, too many or too slow. Requests with both a length and chunks, two
    lengths, or a malformed head are refused by the parser (llhttp in its strict mode)."""

    limits = LimitsSection()
    """Set by :func:`bounded`."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(cast(asyncio.Transport, JoinedWrites(transport, self.loop)))
        self.lost = False
        self.departed: Callable[[], None] | None = None
        self._ending = False
        self._count = self._size = self._head = self._ahead = 0
        self._timer: asyncio.TimerHandle | None = self._armed()

    def connection_lost(self, exc: Exception | None) -> None:
        self._disarm()
        self.lost = True
        super().connection_lost(exc)
        if self.departed is not None:
            self.departed()

    def data_received(self, data: bytes) -> None:
        self._head += len(data)
        super().data_received(data)
        self._ahead = self._ahead + len(data) if self.departed is not None else 0
        if 0 < self._ahead <= READ_AHEAD:
            self.flow.resume_reading()
        if not self._waiting():
            self._head = 0
            return
        if self._timer is None and not self.transport.is_closing():
            self._timer = self._armed()
        if self._head > self.limits.header_bytes:  # one header without an end
            self._refuse(b"431 Request Header Fields Too Large")

    def on_message_begin(self) -> None:
        self._count = self._size = 0
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        self._grow(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._count += 1
        self._grow(len(name) + len(value) + 4)
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._disarm()
        if not self.transport.is_closing():
            super().on_headers_complete()
            self.scope["extensions"] = {EXTENSION: cast(Any, Inbound(self, self.cycle))}
            if self._ending:
                self.cycle.keep_alive = False

    def shutdown(self) -> None:
        """End the connection when its calls are answered."""
        self._ending = True
        if self._waiting() or self.cycle.response_started:
            self.loop.call_later(FAREWELL_SECONDS, self._close_if_waiting)
        else:
            self.cycle.keep_alive = False

    def _close_if_waiting(self) -> None:
        if self._waiting():
            self.transport.close()
        elif not self.lost:  # its client was not told to call elsewhere
            self.loop.call_later(FAREWELL_SECONDS, self._close_if_waiting)

    def _waiting(self) -> bool:
        """Whether no request is being read or answered."""
        return self.cycle is None or self.cycle.response_complete

    def _grow(self, size: int) -> None:
        self._size += size
        if self._size > self.limits.header_bytes or self._count > self.limits.header_count:
            self._refuse(b"431 Request Header Fields Too Large")

    def _late(self) -> None:
        self._timer = None
        if self._waiting():
            self._refuse(b"408 Request Timeout")

    def _refuse(self, line: bytes) -> None:
        if not self.transport.is_closing():
            self.transport.write(b"HTTP/1.1 " + line + b"\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
            self.transport.close()

    def _armed(self) -> asyncio.TimerHandle:
        return self.loop.call_later(self.limits.header_seconds, self._late)

    def _disarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def bounded(limits: LimitsSection) -> Any:
    """The protocol with these limits."""
    return type("BoundedProtocol", (BoundedProtocol,), {"limits": limits})
