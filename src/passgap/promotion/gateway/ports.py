"""The port behind which an HTTP client for upstreams stands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from passgap.promotion.routing.snapshot import Upstream

Headers = Sequence[tuple[bytes, bytes]]


class UpstreamFault(Exception):  # noqa: N818 - a fault of an upstream is an outcome of a call, not an error of passgap
    """An upstream could not be reached, or its answer broke off.

    Args:
        kind: a short name for telemetry.
        attempts: how many requests it was sent.
    """

    def __init__(self, kind: str, attempts: int = 1) -> None:
        super().__init__(kind)
        self.kind = kind
        self.attempts = attempts


class UnreachableFault(UpstreamFault):
    """No byte of an answer came."""


class CutFault(UpstreamFault):
    """An answer ended before its end, or is not HTTP."""


class ConnectTimeoutFault(UpstreamFault):
    """No connection could be opened in time."""


class Answer(Protocol):
    """An answer of which the head has arrived."""

    status: int
    headers: Headers
    """As the upstream wrote them, but for their names, which are in lower case."""
    attempts: int
    """How many requests were sent for it: 2 where the first went to a pooled connection that was closed already."""

    async def read(self) -> bytes:
        """The next bytes of the body as they arrive, undecoded; empty at its end.

        Raises:
            CutFault: the body broke off.
        """
        ...

    def close(self) -> None:
        """Let go of the answer: a connection whose answer was not read to its end is closed at once."""
        ...


class UpstreamClient(Protocol):
    """Sends requests to upstreams. It follows no redirect, decodes no body, and uses no proxy of the environment.

    It repeats a request in one case alone: a pooled connection turned out to be closed before a byte of an answer.
    """

    async def open(
        self, upstream: Upstream, method: str, target: str, headers: Headers, body: bytes, key: str | None
    ) -> Answer:
        """Send a request and wait for the head of its answer.

        Args:
            upstream: where to.
            method: the HTTP method.
            target: path and query below the upstream's base URL, as they are to be sent.
            headers: of the client, those that may be passed on.
            body: the request's body; empty for none.
            key: the upstream's key.

        Raises:
            UpstreamFault: there is no answer.
        """
        ...

    async def close(self) -> None:
        """Close all connections."""
        ...
