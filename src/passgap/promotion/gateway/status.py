"""The status of a gateway: in a file that the command line reads, and to operators."""

from __future__ import annotations

import datetime as dt
import os
import time
from pathlib import Path

from pydantic import ValidationError

from passgap.errors import StoreError
from passgap.paths import AnyPath
from passgap.promotion.gateway.flip import Flip
from passgap.promotion.gateway.live import LiveSettings
from passgap.promotion.gateway.probes import Probe
from passgap.records import Record
from passgap.store.files import read_json, write_json

ALIVE_SECONDS = 5.0
"""After how long without a sign of life a gateway counts as gone."""


class GatewayStatus(Record):
    """The state of one gateway."""

    instance: str
    pid: int
    version: str
    address: str
    started: dt.datetime
    config_hash: str
    production: str
    """The upstream that serves what is not the candidate's."""
    checkpoint: str
    """That upstream's checkpoint."""
    candidate: str | None
    canary_share: float
    shadow_share: float
    rolled_back: bool
    flip: Flip | None
    considered: Flip | None
    """The flip that was last looked at, whether it is in force or refused."""
    refused: str | None
    """Why the file as it stands is not in force."""
    probes: dict[str, Probe]
    calls_in_flight: int
    mirrors_waiting: int
    rows_waiting: int
    rows_lost: int
    log_fault: str | None
    store_fault: str | None = None
    """Why the shared store takes no rows, while it takes none."""


def facts_in_force(live: LiveSettings) -> dict[str, object]:
    """The part of a status that follows from the settings."""
    snapshot = live.in_force.snapshot
    return {
        "config_hash": snapshot.config_hash,
        "production": snapshot.production.name,
        "checkpoint": snapshot.production.checkpoint,
        "candidate": snapshot.candidate.name if snapshot.candidate else None,
        "canary_share": snapshot.canary_share,
        "shadow_share": snapshot.shadow_share,
        "rolled_back": snapshot.settings.rollback,
        "flip": live.in_force.flip,
        "considered": live.considered,
        "refused": live.refused,
        "probes": dict(live.probes),
    }


def status_path(study: AnyPath, instance: str) -> Path:
    """The file of a gateway's status."""
    return Path(study) / "promotion" / "gateways" / f"{instance}.json"


def write_status(study: AnyPath, status: GatewayStatus) -> None:
    """Write a gateway's status."""
    write_json(status_path(study, status.instance), status.model_dump(mode="json"))


def sign_of_life(study: AnyPath, instance: str) -> None:
    """Say that the gateway is alive."""
    os.utime(status_path(study, instance))


def live_gateways(study: AnyPath) -> list[GatewayStatus]:
    """The statuses of the gateways of a study that are alive."""
    found = []
    for path in sorted((Path(study) / "promotion" / "gateways").glob("*.json")):
        try:
            if time.time() - path.stat().st_mtime < ALIVE_SECONDS:
                found.append(GatewayStatus.model_validate(read_json(path)))
        except (OSError, StoreError, ValidationError):
            continue
    return found
