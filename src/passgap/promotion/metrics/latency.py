"""Latency: whether a call was no slower than a quantile of production's.

Only users are compared, never mirrors: a mirrored call finds another load, and a cache that nobody has warmed.
"""

from __future__ import annotations

from passgap.promotion.metrics.base import Metric, Reads
from passgap.promotion.telemetry.rows import CallRow


def quick(row: CallRow, slow: float | None) -> float | None:
    """1 for a call within ``slow`` seconds; a client that left earlier says nothing, one that left later waited."""
    if slow is None or row.outcome in ("refused", "dropped", "gateway_killed"):
        return None
    if row.outcome == "timeout" or row.latency_seconds > slow:
        return 0.0
    return 1.0 if row.outcome == "ok" else None


METRIC = Metric(
    name="latency",
    position=20.0,
    quantity="calls within the declared quantile of production's latency",
    reads=Reads.CALLS,
    in_pairs=False,
    of_call=quick,
)
