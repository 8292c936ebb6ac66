"""Shorter answers: less may be left out than is missed at first."""

from __future__ import annotations

from passgap.promotion.metrics._length import longer
from passgap.promotion.metrics.base import Metric, Reads
from passgap.promotion.telemetry.rows import CallRow


def _difference(production: CallRow, candidate: CallRow) -> float | None:
    found = longer(production, candidate)
    return None if found is None else float(found)


METRIC = Metric(
    name="shorter",
    position=31.0,
    quantity="answers that are not a quarter shorter than the other model's",
    reads=Reads.CALLS,
    in_users=False,
    of_pair=_difference,
)
