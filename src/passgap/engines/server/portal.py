"""Coroutines for threads that know nothing of event loops: anyio's blocking portal, started when it is first needed."""

from __future__ import annotations

import atexit
import queue
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import Future
from contextlib import ExitStack, suppress
from threading import Lock
from typing import TypeVar

import anyio
from anyio.from_thread import BlockingPortal, start_blocking_portal

from passgap.errors import EngineError

T = TypeVar("T")

_CLOSED_MEANWHILE = "the engine was closed while it was sampling"


class LoopPortal:
    """Runs coroutines in an event loop of its own, which starts with the first of them and ends with :meth:`close`."""

    def __init__(self) -> None:
        self._portal: BlockingPortal | None = None
        self._thread = ExitStack()
        self._closed = False
        self._changing = Lock()
        # Touched in the loop's thread alone:
        self._running: dict[anyio.Event, anyio.CancelScope] = {}
        self._ending = False

    def call(self, work: Callable[[], Awaitable[T]]) -> T:
        """Run to the end and return what it returned, or raise what it raised.

        Raises:
            EngineError: the engine was closed, before or meanwhile.
        """
        return self._submit(lambda: self._until_closed(work)).result()

    def stream(self, produce: Callable[[Callable[[T], None]], Awaitable[None]]) -> Iterator[T]:
        """Yield what ``produce`` gives to the function that it is called with; left early, it is cancelled.

        Raises:
            EngineError: the engine was closed, before or meanwhile.
        """
        ready: queue.SimpleQueue[tuple[T] | BaseException | None] = queue.SimpleQueue()

        def give(item: T) -> None:
            ready.put((item,))

        async def feed() -> None:
            try:
                await self._until_closed(lambda: produce(give))
            except anyio.get_cancelled_exc_class():
                ready.put(EngineError(_CLOSED_MEANWHILE))
                raise
            except BaseException as error:  # noqa: BLE001 - it is raised in the thread that waits for it
                ready.put(error)
            else:
                ready.put(None)

        feeding = self._submit(feed)
        try:
            while (item := ready.get()) is not None:
                if isinstance(item, BaseException):
                    raise item
                yield item[0]
        finally:
            feeding.cancel()

    def close(self, last: Callable[[], Awaitable[None]]) -> None:
        """Cancel whatever runs, run ``last`` if anything ever ran, and end the loop. Safe to call twice."""
        with self._changing:
            portal, self._portal, self._closed = self._portal, None, True
        if portal is not None:
            atexit.unregister(self._abandon)
            portal.call(self._end, last)
            self._thread.close()

    def _submit(self, work: Callable[[], Awaitable[T]]) -> Future[T]:
        """Hand work to the loop; under the lock, so that what is handed over is there when the end begins."""
        with self._changing:
            if self._closed:
                raise EngineError("the engine was closed")
            if self._portal is None:
                self._portal = self._thread.enter_context(start_blocking_portal())
                # The loop's thread is a daemon: an engine that was never closed would wait for it at exit, for ever.
                atexit.register(self._abandon)
            return self._portal.start_task_soon(work)

    async def _until_closed(self, work: Callable[[], Awaitable[T]]) -> T:
        done = anyio.Event()
        with anyio.CancelScope() as scope:
            self._running[done] = scope
            try:
                if not self._ending:
                    return await work()
            finally:
                del self._running[done]
                done.set()
        raise EngineError(_CLOSED_MEANWHILE)

    async def _end(self, last: Callable[[], Awaitable[None]]) -> None:
        self._ending = True
        running = dict(self._running)
        for scope in running.values():
            scope.cancel()
        for done in running:
            await done.wait()
        await last()

    def _abandon(self) -> None:
        """At exit, end the loop of an engine that was never closed; its connections are dropped."""
        portal, self._portal = self._portal, None
        if portal is not None:
            with suppress(RuntimeError):  # it has ended
                portal.call(portal.stop, True)
            self._thread.close()
