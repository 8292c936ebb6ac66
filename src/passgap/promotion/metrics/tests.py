"""Tests: whether the product's own tests pass on an answer, by its file of values."""

from __future__ import annotations

from passgap.promotion.metrics.base import Metric, Reads

METRIC = Metric(name="tests", position=60.0, quantity="answers that pass the product's own tests", reads=Reads.VALUES)
"""Its values are lines of ``values-*.jsonl`` beside the telemetry, of the metric's name."""
