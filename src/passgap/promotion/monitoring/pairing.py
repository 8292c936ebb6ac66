"""Mirrored calls, joined with their originals: one difference per pair and metric, in the order of completion."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator

from passgap.promotion.metrics import METRICS, Metric
from passgap.promotion.monitoring.state import WatchState
from passgap.promotion.telemetry.rows import CallRow, ContentRow, Outcome, Role

GRACE = dt.timedelta(hours=2)
"""How long the other half of a pair is waited for: longer than any mirrored call may take."""

_SIZES = ((1 << 10, "up to 1 KiB"), (1 << 14, "up to 16 KiB"), (1 << 18, "up to 256 KiB"))


def pair_differences(state: WatchState, row: CallRow, metrics: Iterable[str]) -> Iterator[tuple[str, float]]:
    """Take a row of a mirrored call or of its original, and yield the differences of the pair once both are there.

    A copy that was dropped before the candidate could have answered is no pair, and is counted; so is a pair of which
    the end of the gateway took a half away. A copy that failed in any other way is a pair, with a failure.
    """
    other = state.waiting.pop(row.pair_id, None)
    if other is None or other.role is row.role:
        state.waiting[row.pair_id] = row
        return
    production, candidate = (other, row) if row.role is Role.SHADOW else (row, other)
    if candidate.outcome is Outcome.DROPPED:
        _count(state.drops, candidate.error or "unknown")
        _count_size(state, candidate, compared=False)
        return
    cut = next((each.outcome for each in (candidate, production) if each.outcome.lost_with_gateway), None)
    _count_size(state, candidate, compared=cut is None)
    if cut is not None:
        _count(state.cut, cut)
        return
    state.pairs += 1
    for name in metrics:
        found = _difference(METRICS[name], production, candidate)
        if found is not None:
            yield name, found


def _difference(metric: Metric, production: CallRow, candidate: CallRow) -> float | None:
    if metric.of_pair is not None:
        return metric.of_pair(production, candidate)
    if metric.of_call is None:
        return None
    before, after = metric.of_call(production, None), metric.of_call(candidate, None)
    return None if before is None or after is None else after - before


def content_differences(state: WatchState, row: ContentRow, metrics: Iterable[str]) -> Iterator[tuple[str, float]]:
    """Take the texts of a mirrored call or of its original, and yield the differences once both are there."""
    found = {}
    for name in metrics:
        judge = METRICS[name].of_content
        value = judge(row) if judge is not None else None
        if value is not None:
            found[name] = value
    yield from half_differences(state, row.pair_id, row.role, found)


def half_differences(state: WatchState, pair: str, role: Role, found: dict[str, float]) -> Iterator[tuple[str, float]]:
    """Take the values of one half of a pair; those of production without a copy are forgotten after a while."""
    if role not in (Role.PRODUCTION, Role.SHADOW) or not found:
        return
    halves = state.half.setdefault(pair, {})
    other = halves.get(Role.PRODUCTION if role is Role.SHADOW else Role.SHADOW, {})
    for name, value in found.items():
        if name in other:
            difference = value - other.pop(name)
            yield name, difference if role is Role.SHADOW else -difference
        else:
            halves.setdefault(role, {})[name] = value
    if not any(halves.values()):
        del state.half[pair]
    while len(state.half) > _HALVES:
        del state.half[next(iter(state.half))]


_HALVES = 100_000
"""Halves of pairs that are kept: production's answers that were not mirrored are among them."""


def forget_lost(state: WatchState) -> None:
    """Count mirrored calls whose other half was never logged, as where a machine was lost, and forget them."""
    if state.clock is None:
        return
    for pair, row in list(state.waiting.items()):
        if state.clock - row.time > GRACE:
            del state.waiting[pair]
            state.lost += 1


def _count(counts: dict[str, int], name: str) -> None:
    counts[name] = counts.get(name, 0) + 1


def _count_size(state: WatchState, row: CallRow, *, compared: bool) -> None:
    size = next((name for most, name in _SIZES if row.request_bytes <= most), "over 256 KiB")
    mirrored, left_out = state.sizes.get(size, (0, 0))
    state.sizes[size] = (mirrored + 1, left_out + (not compared))
