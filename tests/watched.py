"""Telemetry as a gateway writes it, for tests of the monitors that read it."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import telemetry_rows
from passgap.promotion.monitoring.watch import Watch
from passgap.spec.promotion import PromotionSection

START = dt.datetime(2026, 4, 1, 12, tzinfo=dt.UTC)
CANDIDATE, BASE = "c" * 64, "b" * 64


def call(number: int, **fields: Any) -> dict[str, Any]:
    """The row of a call of production, with other values for these fields."""
    row = {
        "time": START + dt.timedelta(seconds=number),
        "checkpoint": BASE,
        "prompt_tokens": 10,
        "completion_tokens": 100,
        "request_bytes": 500,
        "response_bytes": 800,
        "latency_seconds": 1.0,
    }
    return telemetry_rows.call(number, **{**row, **fields}).model_dump(mode="json")


def pair(number: int, **candidate: Any) -> Iterator[dict[str, Any]]:
    """A mirrored call and its copy."""
    yield call(number, mirrored=True, shadow_share=1.0)
    copy = {"request_id": f"s{number}", "pair_id": f"r{number}", "role": "shadow", "checkpoint": CANDIDATE}
    yield call(number, **{**copy, "shadow_share": 1.0, **candidate})


def user_call(number: int, user: str, *, canary: bool, share: float, **fields: Any) -> dict[str, Any]:
    """The call of a user, of production or of the canary."""
    whose = {"role": "canary", "checkpoint": CANDIDATE} if canary else {}
    return call(number, user=user, canary_share=share, **{**whose, **fields})


def written(folder: Path, rows: Iterable[dict[str, Any]], kind: str = "calls") -> Path:
    """Append rows to the telemetry of a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{kind}-2026-04-01.a.jsonl").open("a", encoding="utf-8") as handle:
        handle.writelines(json.dumps(row) + "\n" for row in rows)
    return folder


def watch(folder: Path, rules: PromotionSection | None = None, state: str = "state.json") -> Watch:
    """A watch of the candidate on the telemetry in a folder, after it has read everything."""
    opened = Watch(folder, folder.parent / state, CANDIDATE, rules or PromotionSection(), START)
    opened.read()
    return opened
