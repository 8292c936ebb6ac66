"""How fast a server may be asked: so many requests at once, so many requests and tokens a minute."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

BURST_SECONDS = 1.0
"""How much of a limit may be used in one go after a pause."""


class Allowance:
    """A limit per minute, kept by letting each request begin when those before it have been paid for.

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


class Pace:
    """Lets requests begin, in order, as the declared limits and the server's own wishes allow."""

    def __init__(self, concurrency: int, requests_per_minute: int | None, tokens_per_minute: int | None) -> None:
        self._slots = asyncio.Semaphore(concurrency)
        self._requests = Allowance(requests_per_minute) if requests_per_minute else None
        self._tokens = Allowance(tokens_per_minute) if tokens_per_minute else None
        self._not_before = 0.0

    def hold_off(self, seconds: float) -> None:
        """Begin nothing for a while: what one request was told holds for all."""
        self._not_before = max(self._not_before, asyncio.get_running_loop().time() + seconds)

    @asynccontextmanager
    async def turn(self, tokens: int) -> AsyncIterator[None]:
        """Wait until a request of so many prompt and new tokens may begin, and hold its slot while it runs."""
        async with self._slots:
            now = asyncio.get_running_loop().time()
            waits = [self._not_before - now]
            waits += [self._requests.take(1, now)] if self._requests else []
            waits += [self._tokens.take(tokens, now)] if self._tokens else []
            if max(waits) > 0.0:
                await asyncio.sleep(max(waits))
            yield
