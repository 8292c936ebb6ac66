"""Accepted answers: of the signals that users gave, the share that accepts."""

from __future__ import annotations

from passgap.promotion.metrics.base import Metric, Reads
from passgap.promotion.telemetry.rows import FeedbackRow, Signal


def _accepted(row: FeedbackRow) -> float | None:
    return float(row.signal is Signal.ACCEPTED)


METRIC = Metric(
    name="accepted",
    position=50.0,
    quantity="signals of users that accept the answer",
    reads=Reads.FEEDBACK,
    in_pairs=False,
    of_feedback=_accepted,
)
