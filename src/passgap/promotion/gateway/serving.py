"""The process of a gateway: starts it, and ends it without losing a call."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import os
import secrets
import signal
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from passgap._version import __version__
from passgap.errors import StudyError
from passgap.lazy_imports import needed_for
from passgap.promotion.gateway.admin import AdminApplication, FlipRequest
from passgap.promotion.gateway.application import Gateway
from passgap.promotion.gateway.clients import Clients
from passgap.promotion.gateway.flip import Flip, write_flip
from passgap.promotion.gateway.listeners import address_of, admin_socket, client_socket, server_of
from passgap.promotion.gateway.live import LiveSettings
from passgap.promotion.gateway.metrics import Metrics
from passgap.promotion.gateway.mirrors import Mirrors
from passgap.promotion.gateway.services import Services, in_flight_of
from passgap.promotion.gateway.status import GatewayStatus, facts_in_force, status_path
from passgap.promotion.gateway.upkeep import Upkeep, read_back_what_is_left
from passgap.promotion.settings import Spans, StoreSection
from passgap.promotion.telemetry.day_log import DayLog
from passgap.promotion.telemetry.reading import telemetry_folder

if TYPE_CHECKING:
    from passgap.promotion.gateway.joining import Joining
    from passgap.promotion.gateway.sharing import Sharing
    from passgap.promotion.gateway.spans import Spans as SpansOfCalls

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
        self._joining: Joining | None = None

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
            folder = telemetry_folder(live.study)
            left = read_back_what_is_left(folder)
            log = DayLog(
                folder,
                self._instance,
                reserve=settings.telemetry.reserve_bytes,
                pending=settings.telemetry.pending_rows,
            )
            in_flight = in_flight_of(folder, self._instance)
            services = self._services = Services(client, log, in_flight, Metrics(), f"{__version__} {self._instance}")
            spans = _spans(settings.telemetry.spans)
            services.trace = spans.end if spans is not None else None
            loop = asyncio.get_running_loop()
            store, url = settings.telemetry.store, live.in_force.keys.store
            self._sharing = _sharing(store, url, log.folder)
            self._joining = _joining(store, url, live.study, lambda: loop.call_soon_threadsafe(self._reload.set))
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
            if self._signals:
                for number in (signal.SIGTERM, signal.SIGINT):
                    loop.add_signal_handler(number, self._stop.set)
                loop.add_signal_handler(signal.SIGHUP, self._reload.set)
            serving = [loop.create_task(each.serve([on])) for each, on in ((public, clients), (admin, operators))]
            upkeep = Upkeep(live, services, self._sharing, self._joining, self.status, self._started, self._reload)
            await upkeep.join()
            if left:
                upkeep.record("read back", f"{left} calls in flight were left by gateways that were killed")
            keeping = loop.create_task(upkeep.run())
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
            services.settle()
            in_flight.close()
            if spans is not None:
                await asyncio.to_thread(spans.close)
            for each in (self._joining, self._sharing):
                if each is not None:
                    await asyncio.to_thread(each.stop, _LAST_COPY_SECONDS)
            upkeep.record("stopped", "")
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
                "store_fault": self._store_fault(),
            }
        )

    def _store_fault(self) -> str | None:
        return next((each.fault for each in (self._joining, self._sharing) if each is not None and each.fault), None)

    def _metrics(self) -> bytes:
        metrics, log = self._services.metrics, self._services.log
        metrics.gauges.update(
            calls_in_flight=self._services.places.taken,
            mirrors_waiting=self._mirrors.waiting,
            rows_waiting=log.waiting,
            rows_lost=log.lost,
            store_unreachable=self._store_fault() is not None,
        )
        return metrics.text()

    def _flip(self, asked: FlipRequest) -> None:
        write_flip(
            self._live.study, Flip(who=asked.who, why=asked.why, time=dt.datetime.now(dt.UTC), force=asked.force)
        )
        self._reload.set()


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


def _joining(
    wanted: StoreSection | None, url: str | None, study: Path, changed: Callable[[], object]
) -> Joining | None:
    if wanted is None or url is None:
        return None
    with needed_for("`telemetry.store`", "passgap[postgres]", StudyError):
        from passgap.promotion.gateway.joining import Joining  # noqa: PLC0415
        from passgap.promotion.gateway.replicas import Replicas  # noqa: PLC0415

    return Joining(lambda: Replicas(url, wanted.study), study, changed)
