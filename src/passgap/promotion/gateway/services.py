"""The services that all calls of a gateway share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from passgap.errors import StoreError
from passgap.promotion.gateway.admission import Places
from passgap.promotion.gateway.calls import Call
from passgap.promotion.gateway.interruptions import Deadlines
from passgap.promotion.gateway.metrics import Metrics
from passgap.promotion.gateway.ports import UpstreamClient
from passgap.promotion.telemetry.answers import AnswerFacts
from passgap.promotion.telemetry.day_log import DayLog
from passgap.promotion.telemetry.in_flight import InFlight
from passgap.promotion.telemetry.rows import CallRow, Outcome


@dataclass
class Services:
    """The client for upstreams, the log, the calls in flight, the metrics and the count of places."""

    client: UpstreamClient
    log: DayLog
    in_flight: InFlight
    metrics: Metrics
    name: str
    """The version and the instance of this gateway, as rows name it."""
    places: Places = field(default_factory=Places)
    deadlines: Deadlines = field(default_factory=Deadlines)
    trace: Callable[[Call, CallRow], None] | None = None
    """Makes the span of a call that has ended, where spans are asked for."""

    def begin(self, call: Call) -> bool:
        """Write down a call before its request is sent, so that a kill leaves a row; whether that could be done."""
        call.slot = self.in_flight.add(call.left_behind())
        return call.slot is not None

    def settle(self) -> None:
        """Strike the calls out whose rows waited for the disk, where none waits any more."""
        if not self.log.waiting:
            self.in_flight.settle()

    def end(self, call: Call, outcome: Outcome, error: str | None = None, facts: AnswerFacts | None = None) -> None:
        """Write the row of a call that ends, before its last byte is released."""
        row = call.write(self.log, outcome, error, facts or AnswerFacts())
        if call.slot is not None:
            self.in_flight.done(call.slot, settled=not self.log.waiting)
            call.slot = None
        if row is not None:
            self.metrics.count(row)
            if self.trace is not None:
                self.trace(call, row)


def in_flight_of(folder: Path, instance: str) -> InFlight:
    """The file of the calls in flight.

    Raises:
        StoreError: it cannot be made or locked.
    """
    try:
        return InFlight(folder, instance)
    except OSError as error:
        raise StoreError(
            f"{folder} cannot hold the calls in flight",
            [f"{error}. The study's folder has to be on a disk that can be written to, and that knows locks."],
        ) from error
