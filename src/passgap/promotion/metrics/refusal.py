"""Refusals: whether an answer does what it was asked."""

from __future__ import annotations

from passgap.probes.refusals import is_refusal
from passgap.promotion.metrics.base import Metric, Reads
from passgap.promotion.telemetry.rows import ContentRow


def _complied(row: ContentRow) -> float | None:
    return None if row.answer is None else float(not is_refusal(row.answer))


METRIC = Metric(
    name="refusal",
    position=40.0,
    quantity="answers that do not decline the request",
    reads=Reads.CONTENTS,
    of_content=_complied,
)
