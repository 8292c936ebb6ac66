"""The process of a gateway: starts it, keeps its settings and its log in order, and ends it without losing a call."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import logging
import os
import secrets
import signal
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from passgap._version import __version__
from passgap.errors import StoreError, StudyError
from passgap.lazy_imports import needed_for
from passgap.promotion.gateway.admin import AdminApplication, FlipRequest
from passgap.promotion.gateway.application import Gateway
from passgap.promotion.gateway.clients import Clients
from passgap.promotion.gateway.events import record_event
from passgap.promotion.gateway.flip import Flip, write_flip
from passgap.promotion.gateway.listeners import address_of, admin_socket, client_socket, server_of
from passgap.promotion.gateway.live import LiveSettings
from passgap.promotion.gateway.metrics import Metrics
from passgap.promotion.gateway.mirrors import Mirrors
from passgap.promotion.gateway.services import Services
from passgap.promotion.gateway.status import GatewayStatus, facts_in_force, sign_of_life, status_path, write_status
from passgap.promotion.settings import Spans, StoreSection
from passgap.promotion.telemetry.day_log import DayLog
from passgap.promotion.telemetry.reading import telemetry_folder

if TYPE_CHECKING:
    from passgap.promotion.gateway.sharing import Sharing
    from passgap.promotion.gateway.spans import Spans as SpansOfCalls

POLL_SECONDS = 0.2
"""How often the file of the settings and the flip are looked at."""

_PROBE_EVERY = 10.0
_TIDY_EVERY = 60.0

_LAST_COPY_SECONDS = 10.0
"""How long the end of a gateway waits for the shared store."""


class GatewayProcess:
    """One gateway with its listeners.

    Args:
        path: of ``serve.yaml``.
        started: is called with the status when the gateway accepts calls, and whenever the settings in force change.
        signals: whether SIGTERM and SIGINT end it, and SIGHUP makes it read its settings again.
    """

    def __init__(
        self, path: Path, started: Callable[[GatewayStatus], None] = lambda _: None, *, signals: bool = True
    ) -> None:
        self._path = path
        self._signals = signals
        self._started = started
        self._instance = secrets.token_hex(4)
        self._began = dt.datetime.now(dt.UTC)
        self._reload = asyncio.Event()
        self._stop = asyncio.Event()
        self._address = ""
        self._sharing: Sharing | None = None

    def stop(self) -> None:
        """End the gateway; to be called in its event loop."""
        self._stop.set()

    async def run(self) -> None:
        """Serve until SIGTERM or SIGINT, and then until the calls in flight have ended.

        Raises:
            PassgapError: the settings are invalid, or an address cannot be used.
        """
        client = Clients()
        try:
            live = self._live = LiveSettings(self._path, client)
            settings = live.in_force.snapshot.settings
            log = DayLog(
                telemetry_folder(live.study),
                self._instance,
                reserve=settings.telemetry.reserve_bytes,
                pending=settings.telemetry.pending_rows,
            )
            services = self._services = Services(client, log, Metrics(), f"{__version__} {self._instance}")
            spans = _spans(settings.telemetry.spans)
            services.trace = spans.end if spans is not None else None
            self._sharing = _sharing(settings.telemetry.store, live.in_force.keys.store, log.folder)
            mirrors = self._mirrors = Mirrors(services)
            clients, operators = client_socket(settings.listen), admin_socket(settings.admin, live.study)
            self._address = address_of(clients)
            grace = settings.listen.grace_seconds
            public = server_of(Gateway(live.current, services, mirrors), settings.limits, grace)
            admin = server_of(
                AdminApplication(lambda: live.in_force.keys, self.status, self._metrics, self._flip),
                settings.limits,
                1.0,
            )
            loop = asyncio.get_running_loop()
            if self._signals:
                for number in (signal.SIGTERM, signal.SIGINT):
                    loop.add_signal_handler(number, self._stop.set)
                loop.add_signal_handler(signal.SIGHUP, self._reload.set)
            serving = [loop.create_task(each.serve([on])) for each, on in ((public, clients), (admin, operators))]
            keeping = loop.create_task(self._keep())
            stopping = loop.create_task(self._stop.wait())
            await asyncio.wait([stopping, *serving], return_when=asyncio.FIRST_COMPLETED)
            stopping.cancel()
            public.should_exit = True
            ends = loop.time() + grace
            await serving[0]
            await mirrors.finish(max(0.0, ends - loop.time()))
            admin.should_exit = True
            await serving[1]
            keeping.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await keeping
            log.close()
            if spans is not None:
                await asyncio.to_thread(spans.close)
            if self._sharing is not None:
                await asyncio.to_thread(self._sharing.stop, _LAST_COPY_SECONDS)
            self._event("stopped", "")
            status_path(live.study, self._instance).unlink(missing_ok=True)
            if settings.admin.port is None:
                (live.study / (settings.admin.socket or "promotion/admin.sock")).unlink(missing_ok=True)
        finally:
            await client.close()

    def status(self) -> GatewayStatus:
        """The state of the gateway."""
        log = self._services.log
        return GatewayStatus.model_validate(
            {
                "instance": self._instance,
                "pid": os.getpid(),
                "version": __version__,
                "address": self._address,
                "started": self._began,
                **facts_in_force(self._live),
                "calls_in_flight": self._services.places.taken,
                "mirrors_waiting": self._mirrors.waiting,
                "rows_waiting": log.waiting,
                "rows_lost": log.lost,
                "log_fault": log.fault,
                "store_fault": self._sharing.fault if self._sharing is not None else None,
            }
        )

    async def _keep(self) -> None:
        """Look after settings, log and upstreams until it is cancelled. No fault of a disk or an upstream ends it."""
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
                if now - tidied >= _TIDY_EVERY:
                    tidied = now
                    await self._tidy()
            except Exception:
                logging.getLogger("passgap.gateway").exception("a bug in passgap: looking after the settings failed")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._reload.wait(), POLL_SECONDS)

    def _write_status(self) -> None:
        """Changes are rare, and the command line waits for them; a full disk is no reason to stop."""
        with contextlib.suppress(OSError, StoreError):
            write_status(self._live.study, self.status())

    def _publish(self, event: str) -> None:
        self._write_status()
        with contextlib.suppress(OSError):
            self._event(event, self._live.refused or "")
        self._started(self.status())

    def _touch(self) -> None:
        try:
            sign_of_life(self._live.study, self._instance)
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

    def _metrics(self) -> bytes:
        metrics, log = self._services.metrics, self._services.log
        metrics.gauges.update(
            calls_in_flight=self._services.places.taken,
            mirrors_waiting=self._mirrors.waiting,
            rows_waiting=log.waiting,
            rows_lost=log.lost,
        )
        return metrics.text()

    def _flip(self, asked: FlipRequest) -> None:
        write_flip(
            self._live.study, Flip(who=asked.who, why=asked.why, time=dt.datetime.now(dt.UTC), force=asked.force)
        )
        self._reload.set()

    def _event(self, event: str, detail: str) -> None:
        snapshot = self._live.in_force.snapshot
        record_event(
            self._live.study,
            instance=self._instance,
            event=event,
            config_hash=snapshot.config_hash,
            production=snapshot.production.checkpoint,
            detail=detail,
        )


def _spans(wanted: Spans) -> SpansOfCalls | None:
    if wanted is Spans.NONE:
        return None
    with needed_for("`telemetry.spans`", "passgap[opentelemetry]", StudyError):
        from passgap.promotion.gateway.spans import Spans as Made  # noqa: PLC0415

        return Made()


def _sharing(wanted: StoreSection | None, url: str | None, folder: Path) -> Sharing | None:
    if wanted is None or url is None:
        return None
    with needed_for("`telemetry.store`", "passgap[postgres]", StudyError):
        from passgap.promotion.gateway.sharing import Sharing  # noqa: PLC0415
        from passgap.promotion.telemetry.postgres import PostgresStore  # noqa: PLC0415

    return Sharing(lambda: PostgresStore(url, wanted.study), folder)
