"""The history of the gateways of a study: when each started, took settings, refused them, was rolled back, ended."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path

from passgap.paths import AnyPath
from passgap.records import Record


class GatewayEvent(Record):
    """One change of a gateway's state."""

    time: dt.datetime
    instance: str
    event: str
    config_hash: str
    production: str
    """The checkpoint that serves what is not the candidate's, after the event."""
    detail: str


def events_path(study: AnyPath) -> Path:
    """The file of the events of a study's gateways."""
    return Path(study) / "promotion" / "gateway-events.jsonl"


def record_event(study: AnyPath, *, instance: str, event: str, config_hash: str, production: str, detail: str) -> None:
    """Append an event, whole, beside what other gateways append."""
    line = GatewayEvent(
        time=dt.datetime.now(dt.UTC),
        instance=instance,
        event=event,
        config_hash=config_hash,
        production=production,
        detail=detail,
    ).model_dump_json()
    descriptor = os.open(events_path(study), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        os.write(descriptor, line.encode() + b"\n")
    finally:
        os.close(descriptor)


def read_events(study: AnyPath) -> list[GatewayEvent]:
    """The events of a study's gateways, oldest first."""
    path = events_path(study)
    if not path.exists():
        return []
    lines = path.read_text(encoding="utf-8").splitlines()
    return [GatewayEvent.model_validate_json(line) for line in lines if line.endswith("}")]
