"""A declared limit is kept, over every stretch of time."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passgap.engines.server.rate_limit import BURST_SECONDS, RateLimit, RateLimiter


@given(
    st.floats(1.0, 6000.0),
    st.lists(st.tuples(st.floats(0.0, 30.0), st.floats(0.1, 50.0)), min_size=2, max_size=30),
)
def test_no_stretch_holds_more_than_the_limit_and_one_burst(
    per_minute: float, requests: list[tuple[float, float]]
) -> None:
    limit = RateLimit(per_minute)
    now, begun = 0.0, []
    for pause, amount in requests:
        now += pause
        begun.append((now + limit.take(amount, now), amount))
    for first in range(len(begun)):
        for last in range(first, len(begun)):
            span = begun[last][0] - begun[first][0]
            # What begins last is paid for afterwards.
            taken = sum(amount for _, amount in begun[first:last])
            assert taken <= (span + BURST_SECONDS) * per_minute / 60.0 + 1e-6


def test_a_free_limit_keeps_nobody_waiting() -> None:
    limit = RateLimit(60.0)
    assert [limit.take(1, 10.0 * number) for number in range(5)] == [0.0] * 5
    assert limit.take(1, 40.0) == 0.0
    assert limit.take(1, 40.0) == pytest.approx(1.0)
    assert limit.take(1, 40.0) == pytest.approx(2.0)


def test_slots_and_holding_off_are_kept() -> None:
    async def busiest_and_begun() -> tuple[int, float]:
        limiter = RateLimiter(2, None, None)
        busy = most = 0

        async def one() -> None:
            nonlocal busy, most
            async with limiter.slot(1):
                busy += 1
                most = max(most, busy)
                await asyncio.sleep(0)
                busy -= 1

        await asyncio.gather(*(one() for _ in range(7)))
        clock = asyncio.get_running_loop().time
        asked = clock()
        limiter.pause(0.05)
        async with limiter.slot(1):
            return most, clock() - asked

    most, waited = asyncio.run(busiest_and_begun())
    assert most == 2
    assert waited >= 0.05
