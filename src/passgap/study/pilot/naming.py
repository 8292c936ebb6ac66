"""The names of a search's artifacts: what begins with them counts towards the cost of its arm."""

from __future__ import annotations


def trial_label(arm: str, number: int) -> str:
    """The beginning of the names of a recipe's artifacts."""
    return f"{pilot_label(arm)}-{number}"


def pilot_label(arm: str) -> str:
    """The beginning of the names of all artifacts of a search."""
    return f"{arm}-pilot"
