"""The states of a checkpoint and the moves between them; pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum

from passgap.records import Record


class State(StrEnum):
    """The state of a checkpoint."""

    CANDIDATE = "candidate"
    """Registered on its evidence; it gets no traffic."""
    SHADOW = "shadow"
    """It answers a mirrored share of the requests, and nobody sees its answers."""
    CANARY = "canary"
    """It answers a share of the users."""
    PRODUCTION = "production"
    """It answers all users, or all that the canary does not."""
    RETIRED = "retired"
    """It gets no traffic; its files are kept for the retention window."""


RUNNING = (State.SHADOW, State.CANARY)
"""States in which a candidate gets traffic."""

ALLOWED: Mapping[State, tuple[State, ...]] = {
    State.CANDIDATE: (State.SHADOW, State.RETIRED),
    State.SHADOW: (State.CANARY, State.CANDIDATE, State.RETIRED),
    State.CANARY: (State.PRODUCTION, State.SHADOW, State.CANDIDATE, State.RETIRED),
    State.PRODUCTION: (State.RETIRED,),
    State.RETIRED: (State.CANDIDATE, State.PRODUCTION),
}
"""From each state, those that may follow. Back to production goes only a rollback."""


class Signature(Record):
    """Who decided, and when."""

    who: str
    time: dt.datetime


class Move(Record):
    """One checkpoint's change of state; several that belong together are one entry of the ledger."""

    checkpoint: str
    before: State | None
    after: State


def problems_with(moves: Sequence[Move], states: Mapping[str, State]) -> Iterator[str]:
    """Yield why moves cannot be made from these states."""
    after = dict(states)
    for move in moves:
        name = move.checkpoint[:12]
        now = after.get(move.checkpoint)
        if now is not move.before:
            yield f"{name} is {now or 'not registered'} by now, not {move.before}"
        elif now is not None and move.after not in ALLOWED[now]:
            able = ", ".join(ALLOWED[now])
            yield f"{name} is {now}, from which it can become {able}, not {move.after}"
        after[move.checkpoint] = move.after
    changed = {move.checkpoint for move in moves}
    for state, what in ((State.PRODUCTION, "in production"), *((each, f"a {each}") for each in RUNNING)):
        holders = [name for name, each in after.items() if each is state]
        if len(holders) > 1 and changed & set(holders):
            yield f"only one checkpoint can be {what}: " + ", ".join(each[:12] for each in holders)
    running = [name for name, each in after.items() if each in RUNNING]
    if len(running) > 1 and changed & set(running):
        yield "only one candidate can get traffic at a time: " + ", ".join(each[:12] for each in running)


def replayed(moves: Iterable[Move]) -> dict[str, State]:
    """The state of each checkpoint after all moves, in the order in which they were registered."""
    states: dict[str, State] = {}
    for move in moves:
        states[move.checkpoint] = move.after
    return states
