"""The rate at which a server may be asked: requests in flight, and requests and tokens per minute."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio

BURST_SECONDS = 1.0
"""How much of a limit may be used at once after a pause."""


class RateLimit:
    """A limit per minute: each request begins when those before it have been paid for.

    The generic cell rate algorithm (ITU-T I.371): one number, the time at which everything taken so far is paid for.
    """

    def __init__(self, per_minute: float) -> None:
        self._seconds_each = 60.0 / per_minute
        self._paid_at = 0.0

    def take(self, amount: float, now: float) -> float:
        """Take ``amount`` and return how many seconds from ``now`` the request has to wait."""
        begin = max(self._paid_at, now - BURST_SECONDS)
        self._paid_at = begin + amount * self._seconds_each
        return max(0.0, begin - now)


class RateLimiter:
    """Lets requests begin, in order, as the declared limits and the server's own wishes allow.

    Args:
        concurrency: the most requests in flight.
        requests_per_minute: the server's limit on requests, where it has one.
        tokens_per_minute: the server's limit on prompt and new tokens together, where it has one.
    """

    def __init__(self, concurrency: int, requests_per_minute: int | None, tokens_per_minute: int | None) -> None:
        self._slots = anyio.Semaphore(concurrency)
        self._requests = RateLimit(requests_per_minute) if requests_per_minute else None
        self._tokens = RateLimit(tokens_per_minute) if tokens_per_minute else None
        self._not_before = 0.0

    def pause(self, seconds: float) -> None:
        """Begin nothing for a while: what one request was told holds for all."""
        self._not_before = max(self._not_before, anyio.current_time() + seconds)

    @asynccontextmanager
    async def slot(self, tokens: int) -> AsyncIterator[None]:
        """Wait until a request of so many prompt and new tokens may begin, and hold its slot while it runs."""
        async with self._slots:
            now = anyio.current_time()
            waits = [self._not_before - now]
            waits += [self._requests.take(1, now)] if self._requests else []
            waits += [self._tokens.take(tokens, now)] if self._tokens else []
            if max(waits) > 0.0:
                await anyio.sleep(max(waits))
            yield
