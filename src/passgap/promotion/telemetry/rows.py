"""The rows of telemetry: what is kept of a call, and of what a user made of its answer.

A row is one JSON object on one line of ``promotion/telemetry/calls-YYYY-MM-DD.INSTANCE.jsonl``; feedback is in
``feedback-YYYY-MM-DD.INSTANCE.jsonl`` beside it. Fields are added with a default that means "not known", and never
renamed, so that rows of every version can be read.
"""

from __future__ import annotations

import datetime as dt
from enum import StrEnum

from pydantic import ConfigDict, Field

from passgap.records import Record


class Role(StrEnum):
    """In which part the gateway sent a call to an upstream."""

    PRODUCTION = "production"
    CANARY = "canary"
    """The candidate served the client: its user is in the canary."""
    SHADOW = "shadow"
    """A mirrored copy of a call; no client saw the answer, and its usage is in no total of production's."""
    NONE = "none"
    """The gateway answered by itself."""


class Outcome(StrEnum):
    """How a call ended."""

    OK = "ok"
    """A complete answer with a status below 400."""
    CLIENT_ERROR = "client_error"
    """The upstream answered with a status from 400 to 499: the request was at fault."""
    UPSTREAM_ERROR = "upstream_error"
    """The upstream answered with a status of 500 or more."""
    UPSTREAM_CUT = "upstream_cut"
    """The upstream's answer ended before its end, or was no HTTP."""
    UNREACHABLE = "unreachable"
    """No connection could be opened, or it was lost before the first byte of an answer."""
    TIMEOUT = "timeout"
    """The upstream took longer than its settings allow."""
    MALFORMED = "malformed"
    """A complete answer with a status below 400 that is not what its endpoint answers with."""
    CLIENT_CLOSED = "client_closed"
    """The client went away before the end of the answer."""
    GATEWAY_CUT = "gateway_cut"
    """The gateway was stopped, and its time of grace was over, before the end of the answer."""
    GATEWAY_KILLED = "gateway_killed"
    """The gateway was killed before the end of the answer. Its row is written afterwards, from what was known when the
    call was sent: its status, tokens and latency are not."""
    REFUSED = "refused"
    """The gateway did not pass the call on: too large, too many at once, no such path."""
    DROPPED = "dropped"
    """A mirrored copy was not sent; ``error`` says why. It was decided before the candidate could have answered."""

    @property
    def fault_of_upstream(self) -> bool:
        """Whether the upstream is to blame: what an error-rate guardrail counts."""
        return self in _FAULTS

    @property
    def lost_with_gateway(self) -> bool:
        """Whether the end of the gateway took the answer away, whatever the upstream would have made of it."""
        return self in (Outcome.GATEWAY_CUT, Outcome.GATEWAY_KILLED)


_FAULTS = frozenset(
    {Outcome.UPSTREAM_ERROR, Outcome.UPSTREAM_CUT, Outcome.UNREACHABLE, Outcome.TIMEOUT, Outcome.MALFORMED}
)


class TokenSource(StrEnum):
    """Who counted the tokens of a row."""

    UPSTREAM = "upstream"
    NONE = "none"
    """Nobody: the upstream said no usage."""


class _Row(Record):
    """A row as it is read: fields that a later version added are left out."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class CallRow(_Row):
    """One call to one upstream, or one that the gateway answered by itself."""

    schema_version: int = 1
    request_id: str
    """Of this call alone; the response header ``x-passgap-request-id`` names it."""
    pair_id: str
    """The ``request_id`` of the client's call: a mirrored copy and the original share it."""
    time: dt.datetime
    """When the call arrived, in UTC; it belongs to the file of this day."""
    route: str
    """The path that was called, such as ``/v1/chat/completions``."""
    role: Role
    checkpoint: str | None
    """None where the gateway answered by itself."""
    config_hash: str
    """Of the settings that the call was pinned to, after any rollback."""
    upstream: str | None
    model: str | None
    """The model that the client asked for."""
    stream: bool
    user: str | None
    """The keyed hash of the user; None where the call named none."""
    key: str | None
    """The name of the client's key."""
    canary_share: float
    """The share of the users in the canary at the time, a fraction."""
    shadow_share: float
    """The share of production's calls that were mirrored at the time, a fraction."""
    mirrored: bool
    """Whether a copy was sampled: a row with the role ``shadow`` and the same ``pair_id`` belongs to it."""
    status: int | None
    """The HTTP status that the client saw, or that the candidate answered a copy with; None where there was none."""
    outcome: Outcome
    error: str | None
    """Of what kind the failure, the refusal or the drop was."""
    attempts: int = Field(ge=0)
    """Requests that the upstream was sent: 1, 0 where none was, 2 after a stale pooled connection."""
    prompt_tokens: int | None
    completion_tokens: int | None
    token_source: TokenSource
    request_bytes: int
    response_bytes: int
    """Of the answer's body that were passed on."""
    queue_seconds: float
    """How long the call waited in the gateway before it was sent."""
    first_token_seconds: float | None
    """From the request sent to the first event that carries text; of an answer in one piece, to its first byte."""
    latency_seconds: float
    """From the call's arrival (of a copy: from its sending) to the end of the answer."""
    finish_reason: str | None
    upstream_request_id: str | None
    """The upstream's own ``x-request-id``."""
    gateway: str
    """The version and the instance of the gateway that wrote the row."""


class Signal(StrEnum):
    """A user's use of an answer."""

    ACCEPTED = "accepted"
    EDITED = "edited"
    REVERTED = "reverted"


class FeedbackRow(_Row):
    """A signal of a user on the answer of one call."""

    schema_version: int = 1
    feedback_id: str
    request_id: str
    """Of the call; the answer's header ``x-passgap-request-id`` told the client."""
    time: dt.datetime
    signal: Signal
    value: float | None
    """A quantity that the product defines, such as the share of the answer that was kept."""
    key: str | None
    """The name of the client's key."""


class ContentRow(_Row):
    """The texts of one call, kept only where the settings ask for them."""

    schema_version: int = 1
    request_id: str
    pair_id: str
    time: dt.datetime
    role: Role
    checkpoint: str | None
    prompt: str | None
    """The request's body; None where only answers are kept."""
    answer: str | None
    """The first choice's text; None where there was none."""
    cut: bool
    """Whether a text was longer than what is kept of it."""
