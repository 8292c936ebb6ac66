"""The measurements in the course of a fine-tune of any kind, in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from passgap.arms.base import TrainingCounts
from passgap.records import DosePoint

MEASURED = ("dose", "held_back_examples", "processes", "peak_memory_bytes", "peak_device_bytes")
"""The fields of a fine-tune's manifest that these facts are read from."""

_SHOWN = 8
"""Points of a dose curve that a line has room for."""


def measured_in_words(counts: TrainingCounts) -> Iterator[tuple[str, str]]:
    """Yield the facts that were measured, each with its label; none for a fine-tune of an earlier version."""
    if counts.dose:
        points = "; ".join(
            f"{point.loss:.3f} after {point.step} updates ({point.tokens:,} tokens)" for point in _some(counts.dose)
        )
        yield "held-back loss", f"{points}; nats per token on {counts.held_back_examples} own samples"
    memory = [
        f"{count / 1e9:.2f} GB {name}"
        for count, name in ((counts.peak_memory_bytes, "of main memory"), (counts.peak_device_bytes, "on the GPU"))
        if count is not None
    ]
    if memory:
        shared = f", in {counts.processes} processes together" if counts.processes > 1 else ""
        yield "peak memory", f"{' and '.join(memory)}{shared}"


def _some(points: Sequence[DosePoint]) -> Sequence[DosePoint]:
    """Evenly spaced points with the first and the last."""
    if len(points) <= _SHOWN:
        return points
    return [points[round(place * (len(points) - 1) / (_SHOWN - 1))] for place in range(_SHOWN)]
