"""The part of a control arm: which of the causes of another arm's lift it shares, so that the lift can be split."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class MatchedControl:
    """An arm that resembles another one in everything but some causes of its lift."""

    of: str
    """The other arm."""
    shared: tuple[str, ...]
    """The causes that both have in common, each in a word or two, such as ``dose``."""
    causes: tuple[str, ...]
    """All causes of the other arm's lift, the shared ones first: the same for every control of one arm."""
