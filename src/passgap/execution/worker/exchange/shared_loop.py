"""Coroutines that are awaited on the other side of a conversation, run there a turn of the event loop at a time.

In one process, the coroutines of tests and program share one event loop. Here each side has its own, and only one side
works at a time: the side that awaits asks the other one, over and over, to run its loop for one turn. So the tasks of
both take turns, a time-out of the tests cancels a coroutine of the program, and neither loop waits for the other.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Generator, Iterator
from typing import Any

from .value_types import Malformed

LONGEST_PAUSE, SHORTEST_PAUSE = 0.01, 0.0005
"""Seconds between two turns of a loop on the other side that waits for something else than a time."""
TURNS_TO_END = 10_000
"""The most turns in which cancelled tasks may end."""
OUTER, OWN = "outer", "own"
"""The loop a task was started in: the one from which the other side is asked for turns, or a loop that it asks for."""
Done = tuple[tuple[int, bool], ...]
"""(number, whether it was cancelled) of each task that ended."""


class SharedLoop:
    """One side of the tasks that each side runs for the other.

    Args:
        ask: has the other side carry out an operation: ``turn``, ``outcome``, ``cancel`` or ``close``, with operands.
    """

    def __init__(self, ask: Callable[..., Any]) -> None:
        self._ask = ask
        self._loop: Any = None
        self._tasks: dict[int, Any] = {}
        self._numbers = 0
        self._done: dict[str, Done] = {OUTER: (), OWN: ()}
        self._asking_in: Any = None
        """The running loop from which the other side is being asked for a turn."""
        self._waiting: dict[int, Any] = {}
        """Futures of this side, by the number of the other side's task that they wait for."""
        self._pump: Any = None
        self._pump_in: Any = None
        self._wake: Any = None

    # Tasks of this side, for the other.

    @property
    def loop(self) -> Any:
        """This side's own loop, which runs a turn whenever the other side asks for it."""
        if self._loop is None or self._loop.is_closed():
            import asyncio

            self._loop = asyncio.new_event_loop()
        return self._loop

    @contextlib.contextmanager
    def entered(self, loop: Any) -> Iterator[None]:
        """Let a loop, or none, be the running one for a time."""
        import asyncio

        running = asyncio._get_running_loop()
        asyncio._set_running_loop(loop)
        try:
            yield
        finally:
            asyncio._set_running_loop(running)

    def start(self, awaitable: Any) -> tuple[int, str, bool]:
        """Start a task for the other side: what it can do without waiting is done at once, as where it is awaited.

        Returns:
            Its number, the loop that it runs in, and whether it has ended already.
        """
        kind = OWN if self._asking_in is None else OUTER
        loop = self.loop if self._asking_in is None else self._asking_in
        number = self._numbers
        self._numbers += 1

        async def wait() -> Any:
            return await awaitable

        self._tasks[number] = task = loop.create_task(wait())
        self._begin(loop)
        if task.done() and not task.cancelled():
            task.exception()  # else the loop reports it as one that nobody looked at
            return number, kind, True
        task.add_done_callback(lambda ended: self._ended(number, kind, ended))
        return number, kind, False

    def _begin(self, loop: Any) -> None:
        """Run the first step of the task that was made last, whichever task is running."""
        from asyncio import tasks

        step = loop._ready.pop()
        with self.entered(loop), contextlib.suppress(SystemExit, KeyboardInterrupt):  # the task's own outcome
            running = tasks.current_task(loop)
            if running is not None:
                tasks._leave_task(loop, running)
            try:
                step._run()
            finally:
                if running is not None:
                    tasks._enter_task(loop, running)

    def _ended(self, number: int, kind: str, task: Any) -> None:
        self._done[kind] += ((number, task.cancelled()),)
        if not task.cancelled():
            task.exception()  # else the loop reports it as one that nobody looked at
        self.stir()

    def turn(self, done: Done) -> tuple[Done, float | None, bool]:
        """Run this side's loop for one turn.

        Args:
            done: tasks of the other side that have ended.

        Returns:
            The tasks of this side that have ended; the seconds until the loop has something to do, or None if it waits
            for something else; and whether it has nothing to wait for.
        """
        self._resolve(done)
        loop = self.loop
        self._run(loop)
        ended = (*self._done[OWN], *self._done[OUTER])  # started in this loop as well, while it asked for something
        self._done = {OUTER: (), OWN: ()}
        scheduled = [handle for handle in loop._scheduled if not handle._cancelled]
        delay: float | None = 0.0 if loop._ready else None
        if delay is None and scheduled:
            delay = max(0.0, min(handle._when for handle in scheduled) - loop.time())
        import asyncio

        return ended, delay, delay is None and not asyncio.all_tasks(loop)

    def _run(self, loop: Any) -> None:
        with self.entered(None), contextlib.suppress(SystemExit, KeyboardInterrupt):  # the task's own outcome
            loop.call_soon(loop.stop)
            loop.run_forever()

    def outcome(self, number: int) -> Any:
        """Return the result of a task that has ended, or raise its exception."""
        task = self._tasks.pop(number)
        if task.cancelled():
            raise RuntimeError("the task was cancelled")
        return task.result()

    def cancel(self, number: int) -> None:
        """Cancel a task."""
        if number in self._tasks:
            self._tasks[number].cancel()

    def close(self) -> None:
        """Cancel every task of this side's loop and run it until they have ended."""
        import asyncio

        if self._loop is None or self._loop.is_closed():
            return
        for _ in range(TURNS_TO_END):
            tasks = asyncio.all_tasks(self._loop)
            for task in tasks:
                if not task.cancelling():
                    task.cancel()
            if not tasks:
                break
            self._run(self._loop)

    # Tasks of the other side, for this one.

    async def run(self, start: Callable[[], Any], outcome: str = "outcome") -> Any:
        """Wait for a task of the other side.

        Args:
            start: has it started there, and returns what :meth:`start` returns there.
            outcome: the operation that asks for its outcome.
        """
        import asyncio

        before, self._asking_in = self._asking_in, asyncio.get_running_loop()
        try:
            number, kind, ended = start()
        finally:
            self._asking_in = before
        if ended:
            if kind == OWN:
                self.ensure_pump()
            return self._ask(outcome, number)
        loop = asyncio.get_running_loop()
        self._waiting[number] = future = loop.create_future()
        if kind == OWN:
            self.ensure_pump()
        try:
            cancelled = await future
        except asyncio.CancelledError:
            cancelled = await self._cancelled(number, kind)
        finally:
            self._waiting.pop(number, None)
        if cancelled:
            raise asyncio.CancelledError
        return self._ask(outcome, number)

    async def _cancelled(self, number: int, kind: str) -> bool:
        """Cancel a task of the other side and wait until it has ended; return whether it was cancelled."""
        import asyncio

        self._ask("cancel", number)
        self._waiting[number] = future = asyncio.get_running_loop().create_future()
        for _ in range(TURNS_TO_END):
            if future.done():
                return bool(future.result())
            if kind == OWN:
                self._ask_turn()
            if not future.done():
                await _Others()
        return True

    def ensure_pump(self) -> None:
        """Have the other side's loop run, turn by turn, for as long as it has something to do."""
        import asyncio

        loop = asyncio._get_running_loop()
        if loop is None or self._asking_in is not None:
            return
        if self._pump is None or self._pump.done() or self._pump_in is not loop:
            self._pump_in = loop
            self._pump = loop.create_task(self._turns())
        self.stir()

    def stir(self) -> None:
        """Ask for the next turn soon."""
        if self._wake is not None and not self._wake.done():
            self._wake.set_result(None)

    async def _turns(self) -> None:
        import asyncio

        pause = SHORTEST_PAUSE
        try:
            while True:
                progressed, delay, idle = self._ask_turn()
                if idle and not self._waiting:
                    return
                pause = SHORTEST_PAUSE if progressed or delay == 0 else min(2 * pause, LONGEST_PAUSE)
                if delay == 0 or progressed:
                    await _Others()
                    continue
                self._wake = asyncio.get_running_loop().create_future()
                await _sleep_until(self._wake, pause if delay is None else min(pause, delay))
        except asyncio.CancelledError:
            self._ask("close")
            raise
        except BaseException as error:
            for future in self._waiting.values():
                if not future.done():
                    future.set_exception(error)
            raise

    def _ask_turn(self) -> tuple[bool, Any, bool]:
        """Have the other side's loop run for one turn; return whether a task ended, and what :meth:`turn` returns."""
        import asyncio

        done, self._done[OUTER] = self._done[OUTER], ()
        before, self._asking_in = self._asking_in, asyncio._get_running_loop()
        try:
            ended, delay, idle = self._ask("turn", done)
        finally:
            self._asking_in = before
        if type(delay) not in (int, float, type(None)) or type(ended) is not tuple:
            raise Malformed("a malformed turn of a loop")
        self._resolve(ended)
        return bool(ended or done), delay, bool(idle)

    def _resolve(self, done: Done) -> None:
        for number, cancelled in done:
            future = self._waiting.get(number)
            if future is not None and not future.done():
                future.set_result(bool(cancelled))


async def _sleep_until(wake: Any, seconds: float) -> None:
    """Sleep until a future is done, or the time is over."""
    import asyncio

    handle = asyncio.get_running_loop().call_later(seconds, lambda: wake.done() or wake.set_result(None))
    try:
        await wake
    finally:
        handle.cancel()


class _Others:
    """Awaited, it lets the loop's other tasks take their turn."""

    def __await__(self) -> Generator[None, None, None]:
        yield
