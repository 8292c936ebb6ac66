"""One request to one upstream, for the client and for copies alike: its time limits, its answer, how it ended."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter

from passgap.promotion.gateway.calls import Call
from passgap.promotion.gateway.headers import First, first_of, value_of
from passgap.promotion.gateway.interruptions import Cause, Deadlines, Interruption, TimeLimits
from passgap.promotion.gateway.ports import (
    Answer,
    ConnectTimeoutFault,
    CutFault,
    Headers,
    UpstreamClient,
    UpstreamFault,
)
from passgap.promotion.telemetry.answers import AnswerFacts, AnswerReader
from passgap.promotion.telemetry.rows import Outcome


@dataclass(frozen=True)
class Ending:
    """How an exchange ended, and what its answer said."""

    outcome: Outcome
    error: str | None
    facts: AnswerFacts


class Consumer:
    """Receives an answer as it arrives; by itself it lets everything pass."""

    async def begin(self, answer: Answer) -> None:
        """The head has arrived."""

    async def chunk(self, data: bytes, ending: Callable[[], Ending], complete: bool, whole: bool) -> None:
        """Some bytes have arrived.

        Args:
            data: the bytes.
            ending: makes the ending, once, where these are the last bytes of a complete answer.
            complete: whether they are, by what the answer says.
            whole: whether they are, by the length that was announced: nothing can follow.
        """


@dataclass
class Exchange:
    """Carries one request out."""

    call: Call
    client: UpstreamClient
    key: str | None
    shape: str | None
    """Which shape an answer must have: None where any will do."""
    total_seconds: float
    deadlines: Deadlines
    interruption: Interruption
    limits: TimeLimits | None = None

    async def run(self, method: str, target: str, headers: Headers, body: bytes, consumer: Consumer) -> Ending:
        """Send the request, and pass the answer on. Every fault of the upstream is an ending.

        Raises:
            asyncio.CancelledError: the gateway is stopped.
        """
        call = self.call
        assert call.upstream is not None
        section = call.upstream.section
        total = min(self.total_seconds, section.total_seconds)
        self.limits = TimeLimits(
            self.deadlines, self.interruption, section.first_byte_seconds, section.idle_seconds, total
        )
        reader: AnswerReader | None = None
        answer: Answer | None = None
        call.sent = perf_counter()
        call.attempts = 1
        try:
            answer = await self.client.open(call.upstream, method, target, headers, body, self.key)
            call.attempts = answer.attempts
            call.status = answer.status
            headers_of_answer = first_of(answer.headers)
            reader = self._reader(headers_of_answer)
            return await self._pass(answer, _length_of(headers_of_answer), reader, consumer, self.limits)
        except UpstreamFault as fault:
            call.attempts = fault.attempts
            return Ending(_OUTCOMES.get(type(fault), Outcome.UNREACHABLE), fault.kind, _end(reader))
        except asyncio.CancelledError:
            if not self.interruption.caught():
                raise
            cause = self.interruption.cause
            assert cause is not None
            closed = cause is Cause.CLIENT_CLOSED
            return Ending(Outcome.CLIENT_CLOSED if closed else Outcome.TIMEOUT, None if closed else cause, _end(reader))
        finally:
            self.limits.stop()
            if answer is not None:
                answer.close()

    async def _pass(
        self, answer: Answer, announced: int | None, reader: AnswerReader, consumer: Consumer, limits: TimeLimits
    ) -> Ending:
        ended: list[Ending] = []

        def ending() -> Ending:
            if not ended:
                ended.append(self._ending(answer.status, reader))
            return ended[0]

        limits.arrived()
        await consumer.begin(answer)
        received = 0
        while data := await answer.read():
            received += len(data)
            self.call.response_bytes = received
            limits.passing_on()
            reader.feed(data, perf_counter())
            await consumer.chunk(data, ending, reader.done or received == announced, received == announced)
            limits.arrived()
        return ending()

    def _ending(self, status: int, reader: AnswerReader) -> Ending:
        facts = _end(reader)
        if status >= 500:
            return Ending(Outcome.UPSTREAM_ERROR, f"status_{status}", facts)
        if status >= 400:
            return Ending(Outcome.CLIENT_ERROR, f"status_{status}", facts)
        if facts.error:
            return Ending(Outcome.UPSTREAM_ERROR, "error_in_answer", facts)
        if self.shape is not None and status < 300 and not facts.well_formed:
            return Ending(Outcome.MALFORMED, "not_an_answer", facts)
        return Ending(Outcome.OK, None, facts)

    def _reader(self, headers: First) -> AnswerReader:
        self.call.upstream_request_id = (value_of(headers, b"x-request-id") or "")[:128] or None
        telemetry = self.call.snapshot.settings.telemetry
        return AnswerReader(
            events=headers.get(b"content-type", b"").startswith(b"text/event-stream"),
            encoding=value_of(headers, b"content-encoding") or "",
            keep=telemetry.content_bytes if telemetry.contents != "none" else 0,
        )


_OUTCOMES: dict[type[UpstreamFault], Outcome] = {CutFault: Outcome.UPSTREAM_CUT, ConnectTimeoutFault: Outcome.TIMEOUT}


def _end(reader: AnswerReader | None) -> AnswerFacts:
    return reader.end(perf_counter()) if reader is not None else AnswerFacts()


def _length_of(headers: First) -> int | None:
    """How many bytes an answer announces; None where it does not, or is sent in chunks."""
    length = headers.get(b"content-length", b"")
    return int(length) if length.isdigit() and b"transfer-encoding" not in headers else None
