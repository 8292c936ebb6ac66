"""The client for upstreams that are reached by plain HTTP, as model servers of one's own are.

A general client costs several times the processor time of everything else that the gateway does with a call, so this
one does what the gateway needs and no more. Upstreams behind TLS are reached by aiohttp.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from urllib.parse import urlsplit

from passgap.promotion.gateway.httptools_connection import UpstreamConnection
from passgap.promotion.gateway.ports import Answer, ConnectTimeoutFault, Headers, UnreachableFault, UpstreamFault
from passgap.promotion.routing.snapshot import Upstream

_KEPT_SECONDS = 4.0
"""How long an idle connection is kept: less than the 5 seconds after which uvicorn, and so vLLM, closes it."""

_MOST_KEPT = 1024


class _Pool:
    """The connections to one address."""

    def __init__(self, base_url: str) -> None:
        parts = urlsplit(base_url)
        assert parts.hostname is not None
        self.host, self.port = parts.hostname, parts.port or 80
        self.path = parts.path.encode()
        self.named = parts.netloc.encode()
        self._idle: deque[UpstreamConnection] = deque()

    def take(self) -> UpstreamConnection | None:
        """The connection that was used last, if there is one that can be used."""
        oldest = time.monotonic() - _KEPT_SECONDS
        while self._idle:
            found = self._idle.pop()
            if found.reusable and found.idle_since > oldest:
                found.used = True
                return found
            found.abort()
        return None

    def give(self, connection: UpstreamConnection) -> None:
        """Keep a connection whose answer was read to its end, or close it."""
        if not connection.reusable or len(self._idle) >= _MOST_KEPT:
            connection.abort()
            return
        connection.idle_since = time.monotonic()
        self._idle.append(connection)
        while self._idle[0].lost:
            self._idle.popleft()

    def close(self) -> None:
        """Close every idle connection."""
        while self._idle:
            self._idle.pop().abort()


class _Answer:
    def __init__(self, connection: UpstreamConnection, pool: _Pool, attempts: int) -> None:
        self._connection, self._pool = connection, pool
        self.status = connection.status
        self.headers: Headers = connection.headers
        self.attempts = attempts
        self._closed = False

    async def read(self) -> bytes:
        try:
            return await self._connection.read()
        except UpstreamFault as fault:
            fault.attempts = self.attempts
            raise

    def close(self) -> None:
        if not self._closed:
            self._closed = True
            self._pool.give(self._connection)


class HttptoolsClient:
    """Keeps connections to every upstream."""

    def __init__(self) -> None:
        self._pools: dict[str, _Pool] = {}

    async def open(
        self, upstream: Upstream, method: str, target: str, headers: Headers, body: bytes, key: str | None
    ) -> Answer:
        """See :class:`~passgap.promotion.gateway.ports.UpstreamClient`."""
        section = upstream.section
        pool = self._pools.get(section.base_url)
        if pool is None:
            pool = self._pools[section.base_url] = _Pool(section.base_url)
        head = _head(pool, method, target, headers, len(body), key)
        attempts = 0
        connection = pool.take()
        while True:
            if connection is None:
                connection = await _connected(pool, section.connect_seconds, attempts)
            attempts += 1
            try:
                connection.send(head, body)
                await connection.head()
            except UnreachableFault as fault:
                stale = connection.used and attempts == 1
                connection.abort()
                connection = None
                if not stale:
                    fault.attempts = attempts
                    raise
            except BaseException as fault:
                connection.abort()
                if isinstance(fault, UpstreamFault):
                    fault.attempts = attempts
                raise
            else:
                return _Answer(connection, pool, attempts)

    async def close(self) -> None:
        """Close all connections."""
        for each in self._pools.values():
            each.close()


async def _connected(pool: _Pool, seconds: float, attempts: int) -> UpstreamConnection:
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(seconds):
            _, connection = await loop.create_connection(UpstreamConnection, pool.host, pool.port)
    except TimeoutError as error:
        raise ConnectTimeoutFault("connect", attempts) from error
    except OSError as error:
        raise UnreachableFault(type(error).__name__, attempts) from error
    return connection


def _head(pool: _Pool, method: str, target: str, headers: Headers, length: int, key: str | None) -> bytes:
    lines = [
        b"%s %s%s HTTP/1.1\r\nhost: %s" % (method.encode(), pool.path, target.encode(), pool.named),
        *(b"%s: %s" % each for each in headers),
    ]
    if length or method not in ("GET", "DELETE"):
        lines.append(b"content-length: %d" % length)
    if key is not None:
        lines.append(b"authorization: Bearer " + key.encode())
    lines.append(b"\r\n")
    return b"\r\n".join(lines)
