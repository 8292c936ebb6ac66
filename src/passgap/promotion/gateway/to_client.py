"""Passes an upstream's answer on to a client, byte for byte, and holds its last byte back until the row is written."""

from __future__ import annotations

from collections.abc import Callable

from passgap.promotion.gateway.calls import Call
from passgap.promotion.gateway.exchange import Consumer, Ending
from passgap.promotion.gateway.headers import CHECKPOINT, REQUEST_ID, ROLE, for_client
from passgap.promotion.gateway.ports import Answer
from passgap.promotion.gateway.replies import Send, error_body, reply
from passgap.promotion.gateway.services import Services
from passgap.promotion.telemetry.rows import Outcome


def naming(call: Call) -> tuple[tuple[bytes, bytes], ...]:
    """The headers that name a call and the checkpoint that served it."""
    return (
        (CHECKPOINT, call.upstream.checkpoint.encode() if call.upstream else b"none"),
        (ROLE, call.role.encode()),
        (REQUEST_ID, call.request_id.encode()),
    )


class ToClient(Consumer):
    """The client's side of an exchange."""

    def __init__(self, call: Call, send: Send, services: Services) -> None:
        self._call, self._send, self._services = call, send, services
        self._whole = False
        """Whether the answer's last byte is sent."""
        self.begun = False
        self.gone = False
        """Whether the client went away, and the answer is only read to its end."""

    async def begin(self, answer: Answer) -> None:
        """Send the head."""
        if not self.gone:
            self.begun = True
            headers = [*for_client(answer.headers), *naming(self._call)]
            await self._send({"type": "http.response.start", "status": answer.status, "headers": headers})

    async def chunk(self, data: bytes, ending: Callable[[], Ending], complete: bool, whole: bool) -> None:
        """Send bytes at once, those that complete an answer when its row is with the kernel."""
        if self.gone:
            return
        if complete:
            ended = ending()
            self._write(ended)
            self._whole = whole and ended.outcome not in _CUT
        await self._send({"type": "http.response.body", "body": data, "more_body": not self._whole})

    async def end(self, ended: Ending) -> None:
        """Write the row where it is not, and end the answer as the upstream's ended.

        A client that has seen a part of an answer which broke off sees its connection close without an end; one that
        has seen nothing gets an error.
        """
        self._write(ended)
        if ended.outcome is Outcome.CLIENT_CLOSED or self.gone:
            return
        if self._whole:
            return
        if ended.outcome not in _CUT:
            await self._send({"type": "http.response.body", "body": b"", "more_body": False})
        elif not self.begun:
            status = self._call.status = _STATUS[ended.outcome]
            message = f"The model server did not answer: {ended.outcome} ({ended.error})."
            await reply(self._send, status, error_body(ended.outcome, message), naming(self._call))

    def _write(self, ended: Ending) -> None:
        outcome = Outcome.CLIENT_CLOSED if self.gone else ended.outcome
        if outcome in _CUT and not self.begun:
            self._call.status = _STATUS[outcome]
        self._services.end(self._call, outcome, None if self.gone else ended.error, ended.facts)


_STATUS = {Outcome.UNREACHABLE: 502, Outcome.UPSTREAM_CUT: 502, Outcome.TIMEOUT: 504}

_CUT = frozenset(_STATUS)
