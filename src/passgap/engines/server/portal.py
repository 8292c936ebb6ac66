"""An event loop in a thread of its own, for callers that know nothing of it."""

from __future__ import annotations

import asyncio
import queue
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from concurrent.futures import Future
from threading import Lock, Thread
from typing import Any, TypeVar

from passgap.errors import EngineError

T = TypeVar("T")


class LoopThread:
    """Runs coroutines for other threads; started with the first, ended by :meth:`close`."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closed = False
        self._changing = Lock()

    def result(self, work: Coroutine[Any, Any, T]) -> T:
        """Run to the end and return what it returned, or raise what it raised."""
        return self._submit(work).result()

    def iterate(self, items: AsyncIterator[T]) -> Iterator[T]:
        """Yield what an asynchronous iterator yields; left early, it is cancelled."""
        ready: queue.SimpleQueue[tuple[T] | BaseException | None] = queue.SimpleQueue()

        async def feed() -> None:
            try:
                async for item in items:
                    ready.put((item,))
            except asyncio.CancelledError:
                ready.put(EngineError("the engine was closed while it was sampling"))
                raise
            except BaseException as error:  # noqa: BLE001 - it is raised in the thread that waits for it
                ready.put(error)
            else:
                ready.put(None)

        feeding = self._submit(feed())
        try:
            while (item := ready.get()) is not None:
                if isinstance(item, BaseException):
                    raise item
                yield item[0]
        finally:
            feeding.cancel()

    def close(self, last: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Cancel whatever runs, run ``last`` if anything ever ran, and end the thread. Safe to call twice."""
        with self._changing:
            loop, self._loop, self._closed = self._loop, None, True
        if loop is not None:
            asyncio.run_coroutine_threadsafe(_end(last), loop).result()
            loop.call_soon_threadsafe(loop.stop)

    def _submit(self, work: Coroutine[Any, Any, T]) -> Future[T]:
        """Hand work to the loop; under the lock, so that what is handed over is there when the end begins."""
        with self._changing:
            if self._closed:
                work.close()
                raise EngineError("the engine was closed")
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                Thread(target=_run, args=(self._loop,), name="server-engine", daemon=True).start()
            return asyncio.run_coroutine_threadsafe(work, self._loop)


def _run(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    loop.run_forever()
    loop.close()


async def _end(last: Callable[[], Coroutine[Any, Any, None]]) -> None:
    others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    await last()
