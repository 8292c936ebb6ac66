"""Errors: whether a call was answered at all.

A candidate that times out, breaks off, answers garbage or refuses what production takes has failed: that is an outcome
and no missing pair. A call whose client or gateway went away says nothing.
"""

from __future__ import annotations

from passgap.promotion.metrics.base import Metric, Reads
from passgap.promotion.telemetry.rows import CallRow, Outcome

SILENT = frozenset({"client_closed", "gateway_cut", "gateway_killed", "refused", "dropped"})
"""Outcomes that the model server did not bring about."""


def answered(row: CallRow, slow: float | None = None) -> float | None:
    """1 for an answer, 0 for a failure, None for a call that ended for another reason."""
    del slow
    if row.outcome in SILENT:
        return None
    return 1.0 if row.outcome is Outcome.OK else 0.0


METRIC = Metric(
    name="errors",
    position=10.0,
    quantity="calls that are answered",
    reads=Reads.CALLS,
    first_call=True,
    of_call=answered,
)
