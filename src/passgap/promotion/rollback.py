"""Roll back: every call goes to base, within a second, until it is undone."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import time
from collections.abc import Mapping
from pathlib import Path

from pydantic import JsonValue

from passgap.errors import StudyError
from passgap.lazy_imports import needed_for
from passgap.paths import AnyPath
from passgap.promotion.gateway.flip import Flip, read_flip, remove_flip, write_flip
from passgap.promotion.gateway.of_study import StudyGateways
from passgap.promotion.gateway.settings_file import read_settings
from passgap.promotion.gateway.status import GatewayStatus, live_gateways
from passgap.promotion.registry.registry import Registry
from passgap.promotion.registry.states import Signature
from passgap.promotion.serve import settings_path
from passgap.promotion.settings import GatewaySettings
from passgap.records import Record
from passgap.store import Ledger

ROLLBACK = "rollback"
"""The kind of ledger entry that records a flip."""

_PATIENCE = 10.0


class RollbackReport(Record):
    """The outcome of a rollback."""

    rolled_back: bool
    """Whether calls go to base by the command's flip now."""
    gateways: tuple[str, ...]
    """The instances that carried it out; none where no gateway runs, which the next one that starts does then."""
    production: str
    """The checkpoint that production's calls go to."""
    seconds: float
    """From the flip to the last gateway's word."""


def roll_back(
    place: AnyPath,
    *,
    who: str,
    why: str,
    force: bool = False,
    undo: bool = False,
    environment: Mapping[str, str] = os.environ,
) -> RollbackReport:
    """Send every call to base, or undo that; it holds over restarts, and the ledger records it.

    Base is asked before it takes over. Calls in flight end where they began. Where the settings name a shared store,
    the gateways of all machines take it.

    Args:
        place: the study's folder with ``serve.yaml``, or that file.
        who: decides.
        why: for the ledger.
        force: go to base even if it does not answer.
        undo: end an earlier rollback instead.
        environment: holds the upstreams' keys and the store's address.

    Raises:
        StudyError: base does not answer, and ``force`` is not given; or there is nothing to undo; or it is done on this
            machine, and the shared store cannot be used.
    """
    path = settings_path(place)
    study = path.parent
    try:
        settings = read_settings(path)
    except StudyError:
        if not live_gateways(study):
            raise
        settings = None  # a gateway goes on with what it read before, and takes the flip all the same
    now, began = dt.datetime.now(dt.UTC), time.monotonic()
    flip = Flip(who=who, why=why, time=now, force=force)
    at_once = not undo and (force or bool(live_gateways(study)))
    if at_once:  # before anything that a network can hold up
        write_flip(study, flip)
    with StudyGateways(study, settings, environment) as gateways:
        gateways.agree()
        if undo:
            production = settings.upstreams[settings.production].checkpoint if settings else None
            report = _undone(study, gateways, production, who, why, now)
            gateways.tell("the rollback is undone")
            return report
        alive = gateways.alive()
        if not at_once:
            if not alive:
                _probe_base(path, environment)
            write_flip(study, flip)
            gateways.agree()
        carried_out = _await(study, gateways, {each.instance for each in alive}, flip)
        seconds = time.monotonic() - began
        base = carried_out[0].checkpoint if carried_out else _base_of(settings)
        taken = tuple(each.instance for each in carried_out)
        detail: JsonValue = {"base": base, "why": why, "force": force, "gateways": list(taken)}
        ledger = Ledger(study / "ledger.jsonl")
        ledger.append(ROLLBACK, detail, who=who, time=now)
        registry = Registry(study, ledger)
        registry.roll_back(by=Signature(who=who, time=now), why=why, to=base)
        gateways.follow(registry)
        gateways.tell("rolled back")
        return RollbackReport(rolled_back=True, gateways=taken, production=base, seconds=seconds)


def _await(study: Path, gateways: StudyGateways, names: set[str], flip: Flip) -> list[GatewayStatus]:
    """Wait until every gateway has taken the flip, and return their statuses."""
    end = time.monotonic() + _PATIENCE
    while True:
        now = [each for each in gateways.alive() if each.instance in names]
        refused = [each for each in now if each.refused and each.considered == flip != each.flip]
        if refused:
            remove_flip(study)
            gateways.agree()
            raise StudyError("nothing was rolled back: the calls go where they went", [str(refused[0].refused)])
        if all(each.flip == flip for each in now):
            return now
        if time.monotonic() > end:
            raise StudyError(
                "the flip is written, and not every gateway has taken it",
                [
                    f"{each.instance} (process {each.pid}) has not within {_PATIENCE:g} seconds. See its log."
                    for each in now
                    if each.flip != flip
                ],
            )
        time.sleep(0.02)


def _base_of(settings: GatewaySettings | None) -> str:
    return settings.upstreams[settings.base_name].checkpoint if settings else "unknown"


def _undone(
    study: Path, gateways: StudyGateways, production: str | None, who: str, why: str, now: dt.datetime
) -> RollbackReport:
    flip = read_flip(study)
    if flip is None or not remove_flip(study):
        raise StudyError(
            "nothing is rolled back by command",
            ["Where `rollback: true` stands in `serve.yaml`, set it to false; the gateway sees it at once."],
        )
    gateways.agree()
    began, end = time.monotonic(), time.monotonic() + _PATIENCE
    while any(each.flip is not None for each in gateways.alive()) and time.monotonic() < end:
        time.sleep(0.02)
    ledger = Ledger(study / "ledger.jsonl")
    ledger.append(ROLLBACK, {"undone": flip.time.isoformat(), "why": why}, who=who, time=now)
    live = [each for each in gateways.alive() if each.flip is None]
    registry = Registry(study, ledger)
    if gateways.by_registry:
        before = registry.replaced
        production = before.short if before is not None else production
    elif live:
        production = live[0].checkpoint
    production = production or "unknown"
    registry.undo_rollback(by=Signature(who=who, time=now), why=why, to=production)
    gateways.follow(registry)
    taken = tuple(each.instance for each in live)
    return RollbackReport(rolled_back=False, gateways=taken, production=production, seconds=time.monotonic() - began)


def _probe_base(path: Path, environment: Mapping[str, str]) -> None:
    """Ask base where no gateway runs that would."""
    with needed_for("`passgap rollback`", "passgap[serve]", StudyError):
        from passgap.promotion.gateway.clients import Clients  # noqa: PLC0415
        from passgap.promotion.gateway.live import LiveSettings  # noqa: PLC0415
        from passgap.promotion.gateway.probes import probe  # noqa: PLC0415

    async def ask() -> None:
        client = Clients()
        try:
            in_force = LiveSettings(path, client, environment).in_force
            base = in_force.snapshot.base
            found = await probe(client, base, in_force.keys.upstreams.get(base.name))
        finally:
            await client.close()
        if not found.answers:
            raise StudyError(
                "nothing was rolled back: base does not answer",
                [f"{base.name} at {base.section.base_url}: {found.detail}. Start it, or give --force."],
            )

    asyncio.run(ask())
