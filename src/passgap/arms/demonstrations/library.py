"""The solved problems that an arm has to show, and what it took to get them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from passgap.arms.demonstrations.documents import Document

if TYPE_CHECKING:
    from passgap.stages import StageCost


@dataclass(frozen=True)
class Library:
    """The documents of an arm."""

    documents: tuple[Document, ...]
    told: str
    """How many problems have a solution, in words."""
    costs: tuple[StageCost, ...] = ()


def unusable(count: int) -> str:
    """The end of that sentence, where solutions cannot be shown because a code fence in them would end their block."""
    return f"; {count} hold a code fence and cannot be shown" if count else ""
