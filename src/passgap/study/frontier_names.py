"""The names of a frontier's artifacts, which belong to no arm: they are its measurement, and not what makes it."""

from __future__ import annotations

from passgap.records import Decoding


def point_name(label: str, decoding: Decoding) -> str:
    """A model at a decoding on development problems: ``frontier-ssd-temperature-0-4-top-k-off-top-p-0-95``."""
    kept = (each if each.isalnum() else "-" for each in decoding.label.lower())
    slug = "-".join(filter(None, "".join(kept).split("-")))
    return f"frontier-{label}-{slug}"


def best_name(label: str) -> str:
    """A model at its own best decoding on the held-out problems."""
    return f"frontier-best-{label}"


def matched_name(label: str) -> str:
    """The base model at the temperature that matches an arm's diversity, on held-out problems and probes."""
    return f"frontier-matched-{label}"
