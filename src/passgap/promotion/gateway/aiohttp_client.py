"""The client for upstreams on aiohttp's.

Its defaults are those of a browser: it follows redirects, decodes bodies and keeps cookies. All of that is off here,
since the gateway passes on what the upstream answered, and reaches no address but those of its file.
"""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import aiohttp
from multidict import CIMultiDict
from yarl import URL

from passgap.promotion.gateway.ports import Answer, ConnectTimeoutFault, CutFault, Headers, UnreachableFault
from passgap.promotion.routing.snapshot import Upstream

_KEPT_SECONDS = 4.0
"""How long an idle connection is kept: less than the 5 seconds after which uvicorn, and so vLLM, closes it."""

_ADDED_BY_AIOHTTP = ("User-Agent", "Accept", "Accept-Encoding", "Content-Type")


@dataclass
class _Attempts:
    """The connections that one call used."""

    count: int = 0
    reused: bool = False


_attempts: ContextVar[_Attempts] = ContextVar("attempts")


class _Connector(aiohttp.TCPConnector):
    """Notes for each request whether its connection was used before."""

    async def connect(self, req: Any, traces: Any, timeout: Any) -> Any:
        connection = await super().connect(req, traces, timeout)
        attempts, protocol = _attempts.get(), connection.protocol
        attempts.count += 1
        attempts.reused = getattr(protocol, "passgap_used", False)
        if protocol is not None:
            protocol.passgap_used = True  # type: ignore[attr-defined] # there is no other place for it
        return connection


class _AiohttpAnswer:
    def __init__(self, response: aiohttp.ClientResponse, attempts: int) -> None:
        self._response = response
        self.status = response.status
        self.headers: Headers = [(name.lower(), value) for name, value in response.raw_headers]
        self.attempts = attempts

    async def read(self) -> bytes:
        try:
            return await self._response.content.readany()
        except (aiohttp.ClientError, OSError) as error:
            raise CutFault(type(error).__name__, self.attempts) from error

    def close(self) -> None:
        self._response.close()


class AiohttpClient:
    """Keeps connections to every upstream."""

    def __init__(self) -> None:
        self._session = aiohttp.ClientSession(
            connector=_Connector(limit=0, keepalive_timeout=_KEPT_SECONDS),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            trust_env=False,
            skip_auto_headers=_ADDED_BY_AIOHTTP,
            max_line_size=16 * 1024,
            max_field_size=64 * 1024,
        )
        self._addresses: dict[str, URL] = {}
        self._timeouts: dict[float, aiohttp.ClientTimeout] = {}

    async def open(
        self, upstream: Upstream, method: str, target: str, headers: Headers, body: bytes, key: str | None
    ) -> Answer:
        """See :class:`~passgap.promotion.gateway.ports.UpstreamClient`."""
        sent: CIMultiDict[str] = CIMultiDict(
            (name.decode("latin-1"), value.decode("utf-8", "replace")) for name, value in headers
        )
        if key is not None:
            sent["Authorization"] = f"Bearer {key}"
        attempts = _Attempts()
        _attempts.set(attempts)
        while True:
            try:
                response = await self._session.request(
                    method,
                    self._address(upstream.section.base_url + target),
                    data=body or None,
                    headers=sent,
                    allow_redirects=False,
                    timeout=self._timeout(upstream.section.connect_seconds),
                )
            except aiohttp.ConnectionTimeoutError as error:
                raise ConnectTimeoutFault("connect", attempts.count) from error
            except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError) as error:
                if attempts.reused and attempts.count == 1 and not _has_begun(error):
                    continue
                raise UnreachableFault(type(error).__name__, attempts.count) from error
            except aiohttp.ClientError as error:
                raise CutFault(type(error).__name__, attempts.count) from error
            return _AiohttpAnswer(response, attempts.count)

    async def close(self) -> None:
        """Close all connections."""
        await self._session.close()

    def _address(self, text: str) -> URL:
        found = self._addresses.get(text)
        if found is None:
            if len(self._addresses) > 1000:  # queries are the clients' own
                self._addresses.clear()
            found = self._addresses[text] = URL(text, encoded=True)
        return found

    def _timeout(self, connect: float) -> aiohttp.ClientTimeout:
        found = self._timeouts.get(connect)
        if found is None:
            found = self._timeouts[connect] = aiohttp.ClientTimeout(total=None, sock_connect=connect)
        return found


def _has_begun(error: aiohttp.ClientError) -> bool:
    """Whether a part of an answer had arrived."""
    return not isinstance(getattr(error, "message", None), str | None)
