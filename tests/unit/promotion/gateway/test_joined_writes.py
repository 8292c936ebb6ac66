"""Data written within one turn of the event loop arrives in one piece, in order, and whole before a close."""

from __future__ import annotations

import asyncio
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from passgap.promotion.gateway.joined_writes import JoinedWrites


class Transport:
    """Keeps what is written, as asyncio's does until it is closed."""

    def __init__(self) -> None:
        self.written: list[bytes] = []
        self.closed = False

    def write(self, data: bytes) -> None:
        assert not self.closed
        self.written.append(data)

    def close(self) -> None:
        self.closed = True

    abort = close

    def is_closing(self) -> bool:
        return self.closed


def after(use: Any) -> Transport:
    transport = Transport()

    async def run() -> None:
        await use(JoinedWrites(transport, asyncio.get_running_loop()))  # type: ignore[arg-type]

    asyncio.run(run())
    return transport


@given(turns=st.lists(st.lists(st.binary(min_size=1, max_size=40), max_size=4), max_size=4))
def test_each_turn_is_one_write(turns: list[list[bytes]]) -> None:
    async def use(writes: JoinedWrites) -> None:
        for turn in turns:
            for data in turn:
                writes.write(data)
            await asyncio.sleep(0)

    assert after(use).written == [b"".join(turn) for turn in turns if turn]


def test_what_is_large_is_not_held_back() -> None:
    async def use(writes: JoinedWrites) -> None:
        writes.write(b"head")
        writes.write(b"x" * 100_000)
        assert writes._transport.written == [b"head" + b"x" * 100_000]  # type: ignore[attr-defined]
        writes.write(b"tail")
        await asyncio.sleep(0)

    assert after(use).written[1:] == [b"tail"]


def test_a_close_comes_after_what_was_written_and_an_abort_at_once() -> None:
    async def close(writes: JoinedWrites) -> None:
        writes.write(b"all")
        writes.close()
        assert writes.is_closing()

    async def abort(writes: JoinedWrites) -> None:
        writes.write(b"all")
        writes.abort()
        await asyncio.sleep(0)

    closed, aborted = after(close), after(abort)
    assert (closed.written, closed.closed) == ([b"all"], True)
    assert (aborted.written, aborted.closed) == ([], True)
