"""Calls and their copies, side by side: how both models answered the same request."""

from __future__ import annotations

import datetime as dt
from collections import OrderedDict, deque

from passgap.paths import AnyPath
from passgap.promotion.telemetry.reading import read_rows
from passgap.promotion.telemetry.rows import CallRow, ContentRow, Outcome, Role
from passgap.records import Record

_OPEN = 10_000
"""Calls of which only one half has been read that are remembered at most."""


class Side(Record):
    """One model's answer."""

    request_id: str
    checkpoint: str | None
    outcome: Outcome
    status: int | None
    latency_seconds: float
    completion_tokens: int | None
    finish_reason: str | None
    answer: str | None = None
    """The text; None where texts are not kept, or there was none."""


class AnswerPair(Record):
    """A mirrored call."""

    pair_id: str
    time: dt.datetime
    route: str
    prompt: str | None = None
    """The request's body; None where prompts are not kept."""
    production: Side
    candidate: Side


def last_pairs(telemetry: AnyPath, count: int) -> list[AnswerPair]:
    """The last mirrored calls that both models were asked, oldest first.

    Args:
        telemetry: its folder.
        count: how many, at most.

    Raises:
        StoreError: a row is damaged.
    """
    halves: OrderedDict[str, CallRow] = OrderedDict()
    found: deque[tuple[CallRow, CallRow]] = deque(maxlen=count)
    for batch in read_rows(telemetry, CallRow):
        for row in batch.rows:
            if not row.mirrored or row.role not in (Role.PRODUCTION, Role.SHADOW) or row.outcome is Outcome.DROPPED:
                continue
            other = halves.pop(row.pair_id, None)
            if other is None:
                halves[row.pair_id] = row
                if len(halves) > _OPEN:
                    halves.popitem(last=False)
            else:
                found.append((row, other) if row.role is Role.PRODUCTION else (other, row))
    wanted = {row.request_id for pair in found for row in pair}
    kept = (row for batch in read_rows(telemetry, ContentRow) for row in batch.rows)
    texts = {row.request_id: row for row in kept if row.request_id in wanted}
    return [
        AnswerPair(
            pair_id=production.pair_id,
            time=production.time,
            route=production.route,
            prompt=texts[production.request_id].prompt if production.request_id in texts else None,
            production=_side(production, texts.get(production.request_id)),
            candidate=_side(candidate, texts.get(candidate.request_id)),
        )
        for production, candidate in found
    ]


def _side(row: CallRow, text: ContentRow | None) -> Side:
    return Side(
        request_id=row.request_id,
        checkpoint=row.checkpoint,
        outcome=row.outcome,
        status=row.status,
        latency_seconds=row.latency_seconds,
        completion_tokens=row.completion_tokens,
        finish_reason=row.finish_reason,
        answer=text.answer if text is not None else None,
    )
