"""The least that an arm needs to learn from, where several arms need the same."""

from __future__ import annotations

from passgap.records.yields import Minimum, YieldOf

SELECTED_SAMPLES = Minimum(
    of=YieldOf.PROBLEMS,
    amount=100,
    why="fewer give at most 25 updates of 16 examples at 4 of each, hardly more than the warm-up, and a few easy "
    "problems carry them",
)
"""Of an arm that trains on the right ones of its own samples."""
