"""The client for every upstream: aiohttp's behind TLS, a lean one for plain HTTP."""

from __future__ import annotations

from passgap.promotion.gateway.aiohttp_client import AiohttpClient
from passgap.promotion.gateway.httptools_client import HttptoolsClient
from passgap.promotion.gateway.ports import Answer, Headers
from passgap.promotion.routing.snapshot import Upstream


class Clients:
    """Chooses by the scheme of an upstream's address."""

    def __init__(self) -> None:
        self._plain = HttptoolsClient()
        self._secure = AiohttpClient()

    async def open(
        self, upstream: Upstream, method: str, target: str, headers: Headers, body: bytes, key: str | None
    ) -> Answer:
        """See :class:`~passgap.promotion.gateway.ports.UpstreamClient`."""
        client = self._plain if upstream.section.base_url.startswith("http://") else self._secure
        return await client.open(upstream, method, target, headers, body, key)

    async def close(self) -> None:
        """Close all connections."""
        await self._plain.close()
        await self._secure.close()
