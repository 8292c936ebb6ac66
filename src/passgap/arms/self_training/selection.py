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
