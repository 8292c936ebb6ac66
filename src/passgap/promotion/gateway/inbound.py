"""The client's side of one call, beyond what ASGI tells: its body where it has arrived, and that it has gone.

By ASGI alone, the first takes a task that waits with a timer, and the second one that waits to the end of the call.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

EXTENSION = "passgap.inbound"
"""The ASGI extension under which a call's scope has it."""


class Connection(Protocol):
    """The part of a client's connection that a call needs."""

    lost: bool
    departed: Callable[[], None] | None
    """Is called when the client goes away."""


class Inbound:
    """One call on a connection.

    Args:
        connection: that it came on.
        cycle: uvicorn's state of the request.
    """

    __slots__ = ("_connection", "_cycle")

    def __init__(self, connection: Connection, cycle: Any) -> None:
        self._connection, self._cycle = connection, cycle

    def body(self) -> bytes | None:
        """The whole body, once; None where a part of it has not arrived, and has to be awaited."""
        cycle = self._cycle
        if cycle.more_body or cycle.disconnected:
            return None
        body, cycle.body = bytes(cycle.body), bytearray()
        return body

    def when_gone(self, departed: Callable[[], None]) -> None:
        """Call this when the client goes away before the call has ended, at once if it has gone."""
        self._cycle.flow.resume_reading()  # a large body paused it, and nobody sees a client go without reading
        if self._connection.lost:
            departed()
        else:
            self._connection.departed = departed

    def end(self) -> None:
        """Nobody cares any more whether the client goes away."""
        self._connection.departed = None
