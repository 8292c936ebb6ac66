"""The interface of a production metric."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from passgap.promotion.telemetry.rows import CallRow, ContentRow, FeedbackRow


class Reads(StrEnum):
    """The rows that a metric is computed from."""

    CALLS = "calls"
    CONTENTS = "contents"
    """The answers' texts, which are kept only where ``telemetry.contents`` of the gateway's file asks for them."""
    FEEDBACK = "feedback"
    VALUES = "values"
    """A file of the product's own, with one value per call."""


@dataclass(frozen=True, kw_only=True)
class Metric:
    """One quantity of production. A function gives None where a row says nothing about it."""

    name: str
    """In ``study.yaml`` under ``promotion.guards``."""
    quantity: str
    """In tables; more of it is better."""
    reads: Reads
    in_pairs: bool = True
    """Whether a mirrored call can be compared with its original. Of signals, latency and feedback it cannot: nobody
    sees a mirrored answer, and a mirror finds another load and a cold cache."""
    in_users: bool = True
    """Whether users of the canary can be compared with the others."""
    first_call: bool = False
    """Whether a user's value is that of the first call, known at once, instead of the mean over the window."""
    position: float = 100.0
    of_call: Callable[[CallRow, float | None], float | None] | None = None
    """Of a call, given the seconds from which a call is slow."""
    of_pair: Callable[[CallRow, CallRow], float | None] | None = None
    """The difference of a pair, candidate (the second) minus production, in [-1, 1]; without it, that of both calls."""
    of_content: Callable[[ContentRow], float | None] | None = None
    of_feedback: Callable[[FeedbackRow], float | None] | None = None
