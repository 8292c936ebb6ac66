"""Which samples of the pool are trained on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from passgap.stages import StageCost

POOL = "base-pool"
"""The name of these samples, which arms that sample alike share."""


@dataclass(frozen=True)
class Selection:
    """Which samples are trained on, by their position, and how many were dropped for which reason."""

    kept: tuple[int, ...]
    dropped: Mapping[str, int] = field(default_factory=dict)
    """Counts by a word for the reason, such as ``empty``."""
    costs: tuple[StageCost, ...] = ()
    """Of choosing them."""
    facts: tuple[tuple[str, str], ...] = ()
    """Facts for the report on how they were chosen, each with its label."""
    advice: str = "Draw more per prompt, or name another pool."
    """A remedy for the reader, where nothing was kept."""
    earlier: tuple[int, ...] | None = None
    """The positions that the rule of an earlier version kept; None where they are the same. A fine-tune that was made
    of these is found, and not made again."""
