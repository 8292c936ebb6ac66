"""Copies the gateway's rows to the shared store, in a thread of its own that no call waits for."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable
from pathlib import Path

from passgap.errors import StoreError
from passgap.promotion.telemetry.postgres import PostgresStore

EVERY_SECONDS = 1.0

_AGAIN_SECONDS = 5.0
"""After how long a store that failed is tried again. Rows wait in their files meanwhile."""


class Sharing:
    """Copies until it is stopped, and once more then.

    Args:
        opened: opens the store.
        folder: of the telemetry.
    """

    def __init__(self, opened: Callable[[], PostgresStore], folder: Path) -> None:
        self.fault: str | None = None
        """Why the store takes no rows, while it takes none."""
        self._opened, self._folder = opened, folder
        self._store: PostgresStore | None = None
        self._stop = threading.Event()
        self._forget_before: dt.date | None = None
        self._thread = threading.Thread(target=self._run, name="passgap-sharing", daemon=True)
        self._thread.start()

    def forget(self, *, before: dt.date) -> None:
        """Delete older days from the store, when it is next at hand."""
        self._forget_before = before

    def stop(self, seconds: float) -> None:
        """Copy what is left, for this long at most; the next gateway of the folder copies what remains."""
        self._stop.set()
        self._thread.join(seconds)

    def _run(self) -> None:
        while True:
            last = self._stop.is_set()
            self._copy()
            if last:
                break
            self._stop.wait(EVERY_SECONDS if self.fault is None else _AGAIN_SECONDS)
        if self._store is not None:
            self._store.close()

    def _copy(self) -> None:
        try:
            if self._store is None:
                self._store = self._opened()
            self._store.copy(self._folder)
            if self._forget_before is not None:
                self._store.forget(before=self._forget_before)
                self._forget_before = None
            self.fault = None
        except Exception as error:  # noqa: BLE001 - told by the status; rows stay in their files, and calls are served
            said = error.problems if isinstance(error, StoreError) else (f"{type(error).__name__}: {error}",)
            self.fault = "; ".join(said)
            if self._store is not None:
                self._store.close()
                self._store = None
