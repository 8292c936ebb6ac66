"""The aliases of the study's registry, in a file that gateways follow: the ledger is long, and not on every machine."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from passgap.errors import StoreError
from passgap.paths import AnyPath
from passgap.promotion.routing.roles import Aliases
from passgap.store.files import read_json, write_json

if TYPE_CHECKING:
    from passgap.promotion.registry.registry import Registry


def aliases_path(study: AnyPath) -> Path:
    """The file of a study's aliases."""
    return Path(study) / "promotion" / "aliases.json"


def read_aliases(study: AnyPath) -> Aliases | None:
    """The aliases that gateways follow; None where the registry has not written any, or the file is damaged."""
    path = aliases_path(study)
    if not path.exists():
        return None
    try:
        return Aliases.model_validate(read_json(path))
    except (StoreError, ValidationError):
        return None


def write_aliases(study: AnyPath, aliases: Aliases) -> None:
    """Write the aliases, which every gateway of the folder sees within a fraction of a second."""
    write_json(aliases_path(study), aliases.model_dump(mode="json"))


def publish_to_gateways(registry: Registry, now: dt.datetime) -> bool:
    """Bring the file to the registry; whether anything has changed."""
    # A gateway only reads the file: what the registry takes is a second of its start and 60 MB of its memory.
    from passgap.promotion.registry.states import RUNNING, State  # noqa: PLC0415

    production, candidate, base = registry.production, registry.candidate, registry.base
    running = candidate if candidate is not None and candidate.state in RUNNING else None
    before = read_aliases(registry.study)
    aliases = Aliases(
        time=now,
        production=production.id if production is not None else None,
        candidate=running.id if running is not None else None,
        canary=running is not None and running.state is State.CANARY,
        base=base.id if base is not None else None,
    )
    if before is not None and aliases == before.model_copy(update={"time": now}):
        return False
    write_aliases(registry.study, aliases)
    return True
