"""Coroutines run for threads; a closed engine gives up all of them, and one that is not closed lets its process end."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import anyio
import pytest

from passgap.engines.server.portal import LoopPortal
from passgap.errors import EngineError


async def nothing() -> None:
    """The last thing that a test without connections closes."""


async def forever(began: Event, ended: list[str]) -> None:
    began.set()
    try:
        await anyio.sleep_forever()
    finally:
        ended.append("given up")


def test_what_a_coroutine_returns_or_raises_arrives_in_the_calling_thread() -> None:
    portal = LoopPortal()

    async def answer() -> int:
        await anyio.sleep(0)
        return 42

    async def fail() -> None:
        raise LookupError("lost")

    assert portal.call(answer) == 42
    with pytest.raises(LookupError, match="lost"):
        portal.call(fail)
    portal.close(nothing)


def test_items_come_in_order_and_an_error_after_those_before_it() -> None:
    portal = LoopPortal()

    async def produce(give: Callable[[int], None]) -> None:
        for number in range(3):
            give(number)
            await anyio.sleep(0)
        raise LookupError("lost")

    items: list[int] = []
    with pytest.raises(LookupError, match="lost"):
        items.extend(portal.stream(produce))
    assert list(portal.stream(lambda give: _all_of(give, "abc"))) == ["a", "b", "c"]
    portal.close(nothing)


async def _all_of(give: Callable[[str], None], items: str) -> None:
    for item in items:
        give(item)


def test_a_stream_that_is_left_early_is_cancelled_and_the_next_call_works() -> None:
    portal = LoopPortal()
    began, over, ended = Event(), Event(), []

    async def produce(give: Callable[[int], None]) -> None:
        give(1)
        try:
            await forever(began, ended)
        finally:
            over.set()

    items = portal.stream(produce)
    assert next(items) == 1
    items.close()  # type: ignore[attr-defined]
    assert over.wait()
    assert ended == ["given up"]
    assert list(portal.stream(lambda give: _all_of(give, "x"))) == ["x"]
    portal.close(nothing)


def test_closing_gives_up_what_runs_and_closes_the_connections_when_nothing_uses_them_any_more() -> None:
    portal = LoopPortal()
    began_call, began_stream, ended = Event(), Event(), []

    async def last() -> None:
        ended.append("closed")

    with ThreadPoolExecutor(2) as threads:
        calling = threads.submit(portal.call, lambda: forever(began_call, ended))
        streaming = threads.submit(lambda: list(portal.stream(lambda _: forever(began_stream, ended))))
        assert began_call.wait() and began_stream.wait()
        portal.close(last)
        for waiting in (calling, streaming):
            with pytest.raises(EngineError, match="closed while it was sampling"):
                waiting.result()
    assert ended == ["given up", "given up", "closed"]
    portal.close(last)
    assert ended[-2:] == ["given up", "closed"], "the second time there is nothing to close"
    with pytest.raises(EngineError, match="the engine was closed"):
        portal.call(nothing)
    with pytest.raises(EngineError, match="the engine was closed"):
        list(portal.stream(lambda give: _all_of(give, "x")))


def test_closing_what_never_ran_closes_nothing() -> None:
    closed: list[str] = []

    async def last() -> None:
        closed.append("closed")

    LoopPortal().close(last)
    assert closed == []


LEFT_OPEN = """
import anyio
from passgap.engines.server.portal import LoopPortal

portal = LoopPortal()

async def produce(give):
    give("drawn")
    await anyio.sleep_forever()

items = portal.stream(produce)
print(next(items))
"""


def test_a_process_ends_although_nobody_closed_its_engine() -> None:
    ran = subprocess.run([sys.executable, "-c", LEFT_OPEN], capture_output=True, text=True, check=False)
    assert (ran.stdout, ran.stderr, ran.returncode) == ("drawn\n", "", 0)
