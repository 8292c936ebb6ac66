"""The answer of ``passgap canary``: what is known of the candidate, and what to do with it."""

from __future__ import annotations

import datetime as dt

from pydantic import Field

from passgap.decisions.canary import CanaryDecision, CanaryEvidence
from passgap.promotion.monitoring.state import WatchState
from passgap.records import Record


class TrafficSeen(Record):
    """The content of the telemetry, and the part of it that is in no comparison."""

    rows: int
    until: dt.datetime | None
    """The time of the latest row."""
    waiting: int
    """Mirrored calls of which one half is there."""
    lost: int
    """Mirrored calls whose other half was never logged."""
    cut: dict[str, int] = Field(default_factory=dict)
    """Mirrored calls of which the end of the gateway took a half away, by outcome: `gateway_killed`, `gateway_cut`."""
    drops: dict[str, int]
    """Copies that were not sent, by reason: decided before the candidate could have answered."""
    sizes: dict[str, tuple[int, int]]
    """By size of the request: mirrored calls, and those among them that are in no comparison."""
    unnamed: int
    """Calls during the canary that named no user."""
    slow_seconds: float | None
    """From which time on a call is slow."""
    users: dict[str, int]
    """Users whose windows are over, in canary and production."""


class CanaryReport(Record):
    """A candidate under traffic."""

    study: str
    checkpoint: str
    arm: str
    state: str
    since: dt.datetime
    evidence: CanaryEvidence
    decision: CanaryDecision
    traffic: TrafficSeen
    not_fetched: str | None = None
    """Why the rows of gateways on other machines are not in it; no promotion is advised then."""
    rolled_back: bool = False
    """Whether this reading rolled it back."""
    not_rolled_back: str | None = None
    """Why a rollback that a guardrail asks for could not be carried out; it is tried again at the next reading."""


def traffic_of(state: WatchState) -> TrafficSeen:
    """The findings of a watch."""
    return TrafficSeen(
        rows=state.rows,
        until=state.clock,
        waiting=len(state.waiting),
        lost=state.lost,
        cut=dict(sorted(state.cut.items())),
        drops=dict(sorted(state.drops.items())),
        sizes=state.sizes,
        unnamed=state.unnamed,
        slow_seconds=state.slow,
        users=state.closed,
    )
