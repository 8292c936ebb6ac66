"""Copies of production's calls for the candidate: queued within bounds, sent beside the clients' calls, never awaited.

A copy is dropped only for what is known before the candidate could answer: its request is too large, the queue is full,
or the disk has no space to write it down. Once it is sent, a time-out, garbage or a crash is an outcome of the
candidate and no missing pair. A kill of the gateway leaves a row of every copy that was queued.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass

from passgap.promotion.gateway.calls import Call, new_id
from passgap.promotion.gateway.exchange import Consumer, Exchange
from passgap.promotion.gateway.interruptions import Interruption
from passgap.promotion.gateway.ports import Headers
from passgap.promotion.gateway.services import Services
from passgap.promotion.routing.snapshot import Upstream
from passgap.promotion.telemetry.rows import Outcome, Role


@dataclass(frozen=True)
class Copy:
    """A request to send to the candidate."""

    call: Call
    method: str
    target: str
    headers: Headers
    key: str | None
    shape: str | None


class Mirrors:
    """Sends copies, a declared number of them at once."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._queue: deque[Copy] = deque()
        self._queued_bytes = 0
        self._sending: set[asyncio.Task[None]] = set()
        self._closed = False

    @property
    def waiting(self) -> int:
        """Copies in the queue."""
        return len(self._queue)

    def submit(
        self,
        original: Call,
        candidate: Upstream,
        method: str,
        target: str,
        headers: Headers,
        key: str | None,
        shape: str | None,
    ) -> None:
        """Queue a copy of a call under the candidate's own name of the model, or drop it; either way there is a row."""
        shadow = original.snapshot.settings.shadow
        request = original.request
        call = Call(
            snapshot=original.snapshot,
            route=original.route,
            gateway=original.gateway,
            key=original.key,
            request_id=new_id(),
            pair_id=original.request_id,
            request=request,
            user=original.user,
            role=Role.SHADOW,
            upstream=candidate,
            mirrored=True,
            trace=original.trace,
        )
        dropped = None
        if self._closed:
            dropped = "shutdown"
        elif len(request.body) > shadow.body_bytes:
            dropped = "size"
        elif len(self._sending) >= shadow.concurrency and (
            len(self._queue) >= shadow.queue or self._queued_bytes + len(request.body) > shadow.queue_bytes
        ):
            dropped = "queue_full"
        elif not self._services.begin(call):
            dropped = "not_recorded"
        if dropped is not None:
            self._services.end(call, Outcome.DROPPED, dropped)
            return
        self._queue.append(Copy(call, method, target, headers, key, shape))
        self._queued_bytes += len(request.body)
        self._start()

    async def finish(self, seconds: float) -> None:
        """Take no more copies, and give those in flight this long; what is queued then is dropped."""
        self._closed = True
        deadline = asyncio.get_running_loop().time() + seconds
        while self._sending and asyncio.get_running_loop().time() < deadline:
            left = max(0.0, deadline - asyncio.get_running_loop().time())
            await asyncio.wait(self._sending, timeout=left, return_when=asyncio.FIRST_COMPLETED)
        for copy in self._queue:
            self._services.end(copy.call, Outcome.DROPPED, "shutdown")
        self._queue.clear()
        for task in self._sending:
            task.cancel()
        if self._sending:
            await asyncio.wait(self._sending)

    def _start(self) -> None:
        while self._queue and len(self._sending) < self._queue[0].call.snapshot.settings.shadow.concurrency:
            copy = self._queue.popleft()
            self._queued_bytes -= len(copy.call.request.body)
            task = asyncio.get_running_loop().create_task(self._send(copy))
            self._sending.add(task)
            task.add_done_callback(self._sent)

    def _sent(self, task: asyncio.Task[None]) -> None:
        self._sending.discard(task)
        self._start()

    async def _send(self, copy: Copy) -> None:
        call = copy.call
        assert call.upstream is not None
        exchange = Exchange(
            call,
            self._services.client,
            copy.key,
            copy.shape,
            call.snapshot.settings.shadow.total_seconds,
            self._services.deadlines,
            Interruption(),
        )
        try:
            body = call.request.renamed(call.snapshot.renamed(call.upstream, call.request.model))
            ended = await exchange.run(copy.method, copy.target, copy.headers, body, Consumer())
        except asyncio.CancelledError:
            self._services.end(call, Outcome.GATEWAY_CUT, "shutdown")
            raise
        self._services.end(call, ended.outcome, ended.error, ended.facts)
