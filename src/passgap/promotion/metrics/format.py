"""Format: whether an answer holds code in a block."""

from __future__ import annotations

from passgap.probes.format import holds_code
from passgap.promotion.metrics.base import Metric, Reads
from passgap.promotion.telemetry.rows import ContentRow


def _formatted(row: ContentRow) -> float | None:
    return None if row.answer is None else float(holds_code(row.answer))


METRIC = Metric(
    name="format",
    position=41.0,
    quantity="answers with a block of code",
    reads=Reads.CONTENTS,
    of_content=_formatted,
)
