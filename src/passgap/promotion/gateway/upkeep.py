"""Looks after a gateway while it serves: its settings, its upstreams, its log, and the files that others read."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import logging
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from passgap.errors import StoreError
from passgap.promotion.gateway.events import record_event
from passgap.promotion.gateway.live import LiveSettings
from passgap.promotion.gateway.services import Services
from passgap.promotion.gateway.status import GatewayStatus, sign_of_life, write_status
from passgap.promotion.telemetry.in_flight import read_back

if TYPE_CHECKING:
    from passgap.promotion.gateway.joining import Joining
    from passgap.promotion.gateway.sharing import Sharing

POLL_SECONDS = 0.2
"""How often the file of the settings and the flip are looked at."""

_PROBE_EVERY = 10.0
_TIDY_EVERY = 60.0


class Upkeep:
    """The upkeep of one gateway.

    Args:
        live: its settings.
        services: what its calls share.
        sharing: the copy of its rows, where there is a shared store.
        joining: keeps it in step with the gateways of other machines then.
        status: returns the state of the gateway.
        told: is called with the status when the gateway accepts calls, and whenever the settings in force change.
        reload: is set where the settings are to be read at once.
    """

    def __init__(
        self,
        live: LiveSettings,
        services: Services,
        sharing: Sharing | None,
        joining: Joining | None,
        status: Callable[[], GatewayStatus],
        told: Callable[[GatewayStatus], None],
        reload: asyncio.Event,
    ) -> None:
        self._live, self._services, self._sharing, self._joining = live, services, sharing, joining
        self._status, self._told, self._reload = status, told, reload

    async def join(self) -> None:
        """Take the flip that the other gateways have before the first call; without the store, that of the folder."""
        if self._joining is not None:
            await asyncio.to_thread(self._joining.once)
            await self._live.refresh(forced=True)
            self._joining.start()

    async def run(self) -> None:
        """Look after everything until it is cancelled. No fault of a disk or an upstream ends it."""
        loop = asyncio.get_running_loop()
        self._publish("started")
        refused = (self._live.refused, self._live.considered)
        probed = tidied = touched = read = -1e9
        while True:
            now = loop.time()
            try:
                if now - probed >= _PROBE_EVERY:
                    probed = now
                    if await self._live.look_at_upstreams():
                        self._write_status()
                forced = self._reload.is_set() or (self._live.refused is not None and now - read >= 1.0)
                self._reload.clear()
                read = now if forced else read
                if await self._live.refresh(forced=forced):
                    self._publish("settings in force")
                elif self._live.refused is not None and (self._live.refused, self._live.considered) != refused:
                    self._publish("settings refused")
                elif now - touched >= 1.0:
                    self._touch()
                    touched = now
                refused = (self._live.refused, self._live.considered)
                self._services.log.flush()
                self._services.settle()
                if now - tidied >= _TIDY_EVERY:
                    tidied = now
                    await self._tidy()
            except Exception:
                logging.getLogger("passgap.gateway").exception("a bug in passgap: looking after the settings failed")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._reload.wait(), POLL_SECONDS)

    def record(self, event: str, detail: str) -> None:
        """Append to the history of the study's gateways."""
        snapshot = self._live.in_force.snapshot
        with contextlib.suppress(OSError):
            record_event(
                self._live.study,
                instance=self._services.log.instance,
                event=event,
                config_hash=snapshot.config_hash,
                production=snapshot.production.checkpoint,
                detail=detail,
            )

    def _write_status(self) -> None:
        """Changes are rare, and the command line waits for them; a full disk is no reason to stop."""
        status = self._status()
        if self._joining is not None:
            self._joining.status = status
        with contextlib.suppress(OSError, StoreError):
            write_status(self._live.study, status)

    def _publish(self, event: str) -> None:
        self._write_status()
        self.record(event, self._live.refused or "")
        self._told(self._status())

    def _touch(self) -> None:
        if self._joining is not None:
            self._joining.status = self._status()
        try:
            sign_of_life(self._live.study, self._services.log.instance)
        except OSError:  # the file is gone, or could not be written before
            self._write_status()

    async def _tidy(self) -> None:
        today = dt.datetime.now(dt.UTC).date()
        days = self._live.in_force.snapshot.settings.telemetry.retention_days
        log = self._services.log
        before = today - dt.timedelta(days=days)
        log.forget(before=before, today=today)
        if self._sharing is not None:
            self._sharing.forget(before=before)
        if log.fault is None:
            log.hold_back()
        left = await asyncio.to_thread(read_back_what_is_left, log.folder)
        if left:
            self.record("read back", f"{left} calls in flight were left by gateways that were killed")


def read_back_what_is_left(folder: Path) -> int:
    """Write the rows of calls that killed gateways left; return how many. A full disk leaves them for later."""
    try:
        return read_back(folder)
    except OSError as error:
        logging.getLogger("passgap.gateway").warning(
            "the calls that a killed gateway left cannot be read back yet: %s", error
        )
        return 0
