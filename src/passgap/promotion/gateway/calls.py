"""A call on its way through the gateway, and the one row that becomes of it."""

from __future__ import annotations

import datetime as dt
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import msgspec

from passgap.promotion.gateway.request_facts import RequestFacts
from passgap.promotion.routing.snapshot import Snapshot, Upstream
from passgap.promotion.telemetry.answers import AnswerFacts
from passgap.promotion.telemetry.day_log import DayLog
from passgap.promotion.telemetry.in_flight import SLOT
from passgap.promotion.telemetry.rows import CallRow, ContentRow, Outcome, Role, TokenSource

_Written: Any = msgspec.defstruct("_Written", list(CallRow.model_fields), frozen=True)
"""A row that is only written: its fields are the gateway's own, and checking them costs as much as a whole parser."""

_encoded = msgspec.json.Encoder().encode

NO_FACTS = RequestFacts(body=b"", readable=False)


def new_id() -> str:
    """A name for a call: 32 hexadecimal digits, of which the first twelve are the time in milliseconds."""
    return f"{time.time_ns() // 1_000_000:012x}{os.urandom(10).hex()}"


def storable(text: str | None) -> str | None:
    """A text that UTF-8 can hold: JSON may name half of a surrogate pair, which is no character."""
    if text is None or text.isascii():
        return text
    return text.encode("utf-8", "replace").decode("utf-8")


@dataclass
class Call:
    """One call: what it was pinned to when it arrived, and how it went."""

    snapshot: Snapshot
    route: str
    gateway: str
    """The version and the instance of this gateway."""
    key: str | None = None
    request_id: str = field(default_factory=new_id)
    pair_id: str = ""
    began: float = field(default_factory=time.perf_counter)
    time: dt.datetime = field(default_factory=lambda: dt.datetime.now(dt.UTC))
    request: RequestFacts = NO_FACTS
    user: str | None = None
    """The pseudonym of the user."""
    role: Role = Role.NONE
    upstream: Upstream | None = None
    mirrored: bool = False
    sent: float | None = None
    """When the request was sent to the upstream."""
    status: int | None = None
    attempts: int = 0
    response_bytes: int = 0
    upstream_request_id: str | None = None
    written: bool = False
    slot: int | None = None
    """Where it is written down as in flight."""
    trace: Mapping[str, str] | None = None
    """The client's own span, as its headers name it."""

    def row(self, outcome: Outcome, error: str | None, facts: AnswerFacts) -> CallRow:
        """The row of the call, which ends now, with the attributes of a ``CallRow``."""
        now = time.perf_counter()
        sent, first = self.sent, facts.first_token
        counted = facts.prompt_tokens is not None or facts.completion_tokens is not None
        written = _Written(
            schema_version=1,
            request_id=self.request_id,
            pair_id=self.pair_id or self.request_id,
            time=self.time,
            route=self.route,
            role=self.role,
            checkpoint=self.upstream.checkpoint if self.upstream else None,
            config_hash=self.snapshot.config_hash,
            upstream=self.upstream.name if self.upstream else None,
            model=storable(self.request.model),
            stream=self.request.stream,
            user=self.user,
            key=self.key,
            canary_share=self.snapshot.canary_share,
            shadow_share=self.snapshot.shadow_share,
            mirrored=self.mirrored,
            status=self.status,
            outcome=outcome,
            error=error,
            attempts=self.attempts,
            prompt_tokens=facts.prompt_tokens,
            completion_tokens=facts.completion_tokens,
            token_source=TokenSource.UPSTREAM if counted else TokenSource.NONE,
            request_bytes=len(self.request.body),
            response_bytes=self.response_bytes,
            queue_seconds=max(0.0, sent - self.began) if sent is not None else 0.0,
            first_token_seconds=max(0.0, first - sent) if first is not None and sent is not None else None,
            latency_seconds=now - (sent if self.role is Role.SHADOW and sent is not None else self.began),
            finish_reason=storable(facts.finish_reason),
            upstream_request_id=self.upstream_request_id,
            gateway=self.gateway,
        )
        return cast(CallRow, written)

    def left_behind(self) -> bytes:
        """The row, as JSON, that the call gets if the gateway is killed before it ends."""
        row: Any = self.row(Outcome.GATEWAY_KILLED, None, AnswerFacts())
        line: bytes = _encoded(row)
        if len(line) < SLOT:
            return line
        shortened: bytes = _encoded(msgspec.structs.replace(row, model=None))  # a client can ask for any
        return shortened

    def write(self, log: DayLog, outcome: Outcome, error: str | None, facts: AnswerFacts) -> CallRow | None:
        """Hand the call's row to the kernel, and its texts where they are kept; None if that was done before."""
        if self.written:
            return None
        self.written = True
        row = self.row(outcome, error, facts)
        log.append_line("calls", self.time, _encoded(row))
        telemetry = self.snapshot.settings.telemetry
        if telemetry.contents != "none" and self.role is not Role.NONE:
            prompt, cut = None, facts.text_cut
            if telemetry.contents == "all":
                kept = self.request.body[: telemetry.content_bytes]
                prompt, cut = kept.decode("utf-8", "replace"), cut or len(kept) < len(self.request.body)
            log.append(
                ContentRow(
                    request_id=row.request_id,
                    pair_id=row.pair_id,
                    time=row.time,
                    role=row.role,
                    checkpoint=row.checkpoint,
                    prompt=prompt,
                    answer=facts.text,
                    cut=cut,
                )
            )
        return row
