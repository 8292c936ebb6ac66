"""Rows of telemetry for tests."""

from __future__ import annotations

import datetime as dt
from typing import Any

from passgap.promotion.telemetry.rows import CallRow, Outcome, Role, TokenSource


def call(number: int, **changes: Any) -> CallRow:
    """The row of a call, with changes."""
    fields: dict[str, Any] = {
        "request_id": f"r{number}",
        "pair_id": f"r{number}",
        "time": dt.datetime(2026, 5, 1, tzinfo=dt.UTC),
        "route": "/v1/chat/completions",
        "role": Role.PRODUCTION,
        "checkpoint": "base",
        "config_hash": "0" * 16,
        "upstream": "base",
        "model": "m",
        "stream": False,
        "user": None,
        "key": None,
        "canary_share": 0.0,
        "shadow_share": 0.0,
        "mirrored": False,
        "status": 200,
        "outcome": Outcome.OK,
        "error": None,
        "attempts": 1,
        "prompt_tokens": 3,
        "completion_tokens": 4,
        "token_source": TokenSource.UPSTREAM,
        "request_bytes": 10,
        "response_bytes": 20,
        "queue_seconds": 0.0,
        "first_token_seconds": 0.1,
        "latency_seconds": 0.2,
        "finish_reason": "stop",
        "upstream_request_id": None,
        "gateway": "1 abcd",
    }
    return CallRow.model_validate({**fields, **changes})
