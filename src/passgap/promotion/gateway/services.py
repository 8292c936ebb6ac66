"""The services that all calls of a gateway share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from passgap.promotion.gateway.admission import Places
from passgap.promotion.gateway.calls import Call
from passgap.promotion.gateway.interruptions import Deadlines
from passgap.promotion.gateway.metrics import Metrics
from passgap.promotion.gateway.ports import UpstreamClient
from passgap.promotion.telemetry.answers import AnswerFacts
from passgap.promotion.telemetry.day_log import DayLog
from passgap.promotion.telemetry.rows import CallRow, Outcome


@dataclass
class Services:
    """The client for upstreams, the log, the metrics and the count of calls in flight."""

    client: UpstreamClient
    log: DayLog
    metrics: Metrics
    name: str
    """The version and the instance of this gateway, as rows name it."""
    places: Places = field(default_factory=Places)
    deadlines: Deadlines = field(default_factory=Deadlines)
    trace: Callable[[Call, CallRow], None] | None = None
    """Makes the span of a call that has ended, where spans are asked for."""

    def end(self, call: Call, outcome: Outcome, error: str | None = None, facts: AnswerFacts | None = None) -> None:
        """Write the row of a call that ends, before its last byte is released."""
        row = call.write(self.log, outcome, error, facts or AnswerFacts())
        if row is not None:
            self.metrics.count(row)
            if self.trace is not None:
                self.trace(call, row)
