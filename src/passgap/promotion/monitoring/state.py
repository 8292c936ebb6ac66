"""The state of a watch: everything that its monitors know, as one JSON file that is replaced as a whole."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from passgap.errors import StoreError
from passgap.estimates.differences import DifferenceMonitor
from passgap.estimates.split_ratio import SplitMonitor
from passgap.estimates.user_blocks import UserBlocks
from passgap.promotion.telemetry.reading import Position
from passgap.promotion.telemetry.rows import CallRow
from passgap.store import read_json, write_json


class _Mutable(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Enrolment(_Mutable):
    """A user in the comparison, by the first call at the share of that time."""

    canary: bool
    share: float
    """Of the users in the canary at that time."""
    chance: float
    """With which the user came into the canary: the share, or of one who was outside before, what it grew by."""
    begun: dt.datetime
    closed: bool = False
    """Whether the window is over and the user's values are counted."""


class EarlySignal(_Mutable):
    """A user's signal on a call whose row is not there yet."""

    time: dt.datetime
    values: dict[str, float]
    """By metric."""


class WatchState(_Mutable):
    """All of it. ``waiting`` and ``open`` are bounded by what is in flight and by the window."""

    checkpoint: str
    calls: Position = Position()
    feedback: Position = Position()
    contents: Position = Position()
    values: dict[str, int] = Field(default_factory=dict)
    """The offset in each file of the product's values."""
    rows: int = 0
    begun: dt.datetime | None = None
    clock: dt.datetime | None = None
    """The time of the latest row."""
    slow: float | None = None
    """Seconds from which a call is slow; None until production's first calls are known."""
    latencies: list[float] = Field(default_factory=list)
    waiting: dict[str, CallRow] = Field(default_factory=dict)
    """By pair: the half that came first."""
    half: dict[str, dict[str, dict[str, float]]] = Field(default_factory=dict)
    """By pair and role: the values of metrics that are not read from calls."""
    pairs: int = 0
    lost: int = 0
    """Mirrored calls of which one half was never logged."""
    cut: dict[str, int] = Field(default_factory=dict)
    """Mirrored calls of which the end of the gateway took a half away, by outcome: they are in no comparison."""
    drops: dict[str, int] = Field(default_factory=dict)
    """Copies that were not sent, by reason."""
    sizes: dict[str, tuple[int, int]] = Field(default_factory=dict)
    """By size of the request: mirrored calls, and those among them that are in no comparison."""
    users: dict[str, Enrolment] = Field(default_factory=dict)
    open: dict[str, dict[str, tuple[float, int]]] = Field(default_factory=dict)
    """By user whose window is not over, and metric: the sum of the values, and their number."""
    requests: dict[str, str] = Field(default_factory=dict)
    """The user of each call of an open window, for feedback."""
    early: dict[str, list[EarlySignal]] = Field(default_factory=dict)
    """By call: signals that came before its row, which another gateway wrote."""
    closed: dict[str, int] = Field(default_factory=lambda: {"canary": 0, "production": 0})
    unnamed: int = 0
    """Calls during the canary that named no user; production served them, and they are in no comparison."""
    blocks: dict[str, UserBlocks] = Field(default_factory=dict)
    monitors: dict[str, DifferenceMonitor] = Field(default_factory=dict)
    split: SplitMonitor = SplitMonitor()
    mirror: SplitMonitor = SplitMonitor()

    @property
    def hours(self) -> float:
        """From the first row to the last."""
        if self.begun is None or self.clock is None:
            return 0.0
        return (self.clock - self.begun).total_seconds() / 3600.0


def read_state(path: Path, checkpoint: str) -> WatchState:
    """The state in a file; a new one where there is none.

    Raises:
        StoreError: the file is damaged, or of another checkpoint.
    """
    if not path.exists():
        return WatchState(checkpoint=checkpoint)
    try:
        state = WatchState.model_validate(read_json(path))
    except ValidationError as error:
        raise StoreError(
            f"{path} cannot be read", ["It was damaged or edited. Delete it: the telemetry is read from its beginning."]
        ) from error
    if state.checkpoint != checkpoint:
        raise StoreError(f"{path} is the state of another checkpoint, {state.checkpoint[:12]}")
    return state


def write_state(path: Path, state: WatchState) -> None:
    """Replace the file: a killed process leaves the state before or after, and no row is counted twice."""
    write_json(path, state.model_dump(mode="json"))
