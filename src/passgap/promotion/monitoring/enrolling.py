"""Users in the comparison: each is enrolled once per share, with one value per metric over a window of hours.

A user who was served by production when the share was smaller is enrolled again after it grew: who of them is in the
canary now was decided by a hash that nobody knows. Users who were in the canary already are not enrolled again: what
they are like is known.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from passgap.promotion.metrics import METRICS
from passgap.promotion.monitoring.state import EarlySignal, Enrolment, WatchState
from passgap.promotion.telemetry.rows import CallRow, Role


@dataclass(frozen=True)
class UserValue:
    """The one value of a user."""

    metric: str
    canary: bool
    value: float
    share: float
    """The probability with which the user was put into the canary."""


@dataclass(frozen=True)
class Drawn:
    """A user's enrolment, for the test of the split."""

    canary: bool
    share: float


def enrol(state: WatchState, row: CallRow) -> Drawn | None:
    """Enrol the user of a call, or enrol again after the share grew; None where nothing is new."""
    assert row.user is not None, "a call without a user is in no comparison"
    known, share, canary = state.users.get(row.user), row.canary_share, row.role is Role.CANARY
    if known is None:
        chance = share
    elif known.canary or share <= known.share:
        return None
    else:
        chance = (share - known.share) / (1.0 - known.share)
        state.open.pop(row.user, None)
    state.users[row.user] = Enrolment(canary=canary, share=share, chance=chance, begun=row.time)
    state.open[row.user] = {}
    return Drawn(canary, chance)


def call_values(state: WatchState, row: CallRow, metrics: Iterable[str]) -> Iterator[UserValue]:
    """Count a call into its user's window; yield what is known at once, of the user's first call.

    Args:
        state: of the watch.
        row: the call.
        metrics: those that are read from calls.
    """
    assert row.user is not None, "a call without a user is in no comparison"
    enrolled = state.users[row.user]
    if row.user not in state.open or enrolled.canary is not (row.role is Role.CANARY):
        return
    state.requests[row.request_id] = row.user
    for signal in state.early.pop(row.request_id, ()):
        for name, said in signal.values.items():
            add(state, row.user, name, said)
    for name in metrics:
        metric = METRICS[name]
        value = metric.of_call(row, state.slow) if metric.of_call is not None else None
        if value is None:
            continue
        if not metric.first_call:
            add(state, row.user, name, value)
        elif name not in state.open[row.user]:
            add(state, row.user, name, value)
            yield UserValue(name, enrolled.canary, value, enrolled.chance)


def add(state: WatchState, user: str, metric: str, value: float) -> None:
    """Count a value into a user's open window."""
    total, count = state.open[user].get(metric, (0.0, 0))
    state.open[user][metric] = (total + value, count + 1)


def keep_early(state: WatchState, request: str, time: dt.datetime, values: dict[str, float]) -> None:
    """Keep the values of a signal on a call whose row has not come yet, as from a gateway on another machine."""
    if values:
        state.early.setdefault(request, []).append(EarlySignal(time=time, values=values))


def forget_early(state: WatchState) -> None:
    """Forget signals whose call has not come for a day, or that are on calls in no comparison."""
    if state.clock is None:
        return
    for request, kept in list(state.early.items()):
        if state.clock - kept[-1].time > _WAIT or len(state.early) > _MOST_EARLY:
            del state.early[request]


_WAIT = dt.timedelta(hours=24)
_MOST_EARLY = 100_000


def close_windows(state: WatchState, window: dt.timedelta) -> Iterator[UserValue]:
    """Yield the values of users whose window is over, in the order in which the windows began."""
    if state.clock is None:
        return
    over = [user for user in state.open if state.users[user].begun + window <= state.clock]
    for user in sorted(over, key=lambda each: (state.users[each].begun, each)):
        enrolled = state.users[user]
        enrolled.closed = True
        state.closed["canary" if enrolled.canary else "production"] += 1
        for name, (total, count) in state.open.pop(user).items():
            if not METRICS[name].first_call:
                yield UserValue(name, enrolled.canary, total / count, enrolled.chance)
    if over:
        gone = set(over)
        state.requests = {call: user for call, user in state.requests.items() if user not in gone}
