"""Reverted answers: of the signals that users gave, the share that does not say so."""

from __future__ import annotations

from passgap.promotion.metrics.base import Metric, Reads
from passgap.promotion.telemetry.rows import FeedbackRow, Signal


def _not_reverted(row: FeedbackRow) -> float | None:
    return float(row.signal is not Signal.REVERTED)


METRIC = Metric(
    name="reverted",
    position=52.0,
    quantity="signals of users that do not say the answer was reverted",
    reads=Reads.FEEDBACK,
    in_pairs=False,
    of_feedback=_not_reverted,
)
