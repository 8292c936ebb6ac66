"""Keeps a gateway in step with the others of the shared store, in a thread of its own that no call waits for."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path

from passgap.errors import StoreError
from passgap.promotion.gateway.replicas import Replicas
from passgap.promotion.gateway.shared_state import agree_on_all
from passgap.promotion.gateway.status import GatewayStatus

EVERY_SECONDS = 0.25
"""How often the shared state is looked at: what is flipped on one machine is in force on all within a second."""

_AGAIN_SECONDS = 2.0
"""After how long a store that failed is tried again. Every gateway goes on by the state of its folder meanwhile."""

_SIGN_OF_LIFE_SECONDS = 1.0


class Joining:
    """Agrees with the store until it is stopped.

    Args:
        opened: opens the store.
        study: the folder.
        changed: is called, in this thread, when the folder's flip or aliases were changed.
    """

    def __init__(self, opened: Callable[[], Replicas], study: Path, changed: Callable[[], object]) -> None:
        self.fault: str | None = None
        """Why the store cannot be used, while it cannot."""
        self.status: GatewayStatus | None = None
        """The state that the others are told; set by the gateway whenever it changes."""
        self._opened, self._study, self._changed = opened, study, changed
        self._replicas: Replicas | None = None
        self._told: GatewayStatus | None = None
        self._told_at = 0.0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="passgap-joining", daemon=True)

    def start(self) -> None:
        """Begin; before, :meth:`once` can be called."""
        self._thread.start()

    def stop(self, seconds: float) -> None:
        """End, and tell the others, within this time."""
        self._stop.set()
        self._thread.join(seconds)

    def once(self) -> None:
        """Agree with the store now, if it can be reached."""
        try:
            if self._replicas is None:
                self._replicas = self._opened()
            if agree_on_all(self._study, self._replicas):
                self._changed()
            self._tell(self._replicas)
            self.fault = None
        except Exception as error:  # told by the status; calls are served by the state of the folder
            if not isinstance(error, StoreError):
                logging.getLogger("passgap.gateway").exception("a bug in passgap: the shared state cannot be read")
            said = error.problems if isinstance(error, StoreError) else (f"{type(error).__name__}: {error}",)
            self.fault = "; ".join(said)
            self._close()

    def _tell(self, replicas: Replicas) -> None:
        status, now = self.status, time.monotonic()
        if status is not None and (status != self._told or now - self._told_at >= _SIGN_OF_LIFE_SECONDS):
            replicas.report(status)
            self._told, self._told_at = status, now

    def _run(self) -> None:
        while not self._stop.wait(EVERY_SECONDS if self.fault is None else _AGAIN_SECONDS):
            self.once()
        try:
            if self._replicas is not None and self.status is not None:
                self._replicas.leave(self.status.instance)
        except StoreError:
            pass  # it is forgotten when it was not seen for a while
        self._close()

    def _close(self) -> None:
        if self._replicas is not None:
            self._replicas.close()
            self._replicas = None
