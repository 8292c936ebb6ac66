"""The connection of this process to a Ray cluster, and whether the cluster's head still answers."""

from __future__ import annotations

import os
import re
import socket
import time
from concurrent.futures import Future
from contextlib import suppress
from threading import Event, Lock, Thread
from typing import Any

from passgap.cluster.library import Fault, load_ray
from passgap.spec import ClusterSection

POLL_SECONDS = 2.0
LOST_AFTER = 5
"""Polls in a row in which the cluster's head did not answer, before it counts as lost."""

RESUME = "Finished shards are kept: run the same command again once the cluster is there."

_PLACE = re.compile(r"[^/]+:\d+")


class Head:
    """The head of the cluster: without it nothing starts, and after a minute Ray ends whoever waits for it."""

    def __init__(self, address: str) -> None:
        host, _, port = address.rpartition(":")
        self._place = (host.strip("[]"), int(port))
        self._address = address
        self._lock = Lock()
        self._asked = 0.0
        self._silent = 0

    def check(self, fault: Fault) -> None:
        """Raise once the head has not answered for a while; asks at most once in each poll, whoever calls.

        Raises:
            PassgapError: of type ``fault``: the cluster is gone.
        """
        with self._lock:
            if time.monotonic() - self._asked >= POLL_SECONDS:
                self._asked = time.monotonic()
                self._silent = 0 if self.answers() else self._silent + 1
            lost = self._silent >= LOST_AFTER
        if lost:
            _disconnect()
            raise fault(f"the Ray cluster at {self._address} is gone", [RESUME])

    def answers(self) -> bool:
        """Whether anybody takes a connection there."""
        try:
            with socket.create_connection(self._place, timeout=POLL_SECONDS):
                return True
        except OSError:
            return False


def connect(settings: ClusterSection, fault: Fault) -> Head:
    """Connect this process, once; a cluster that was started for it ends with it.

    Raises:
        PassgapError: of type ``fault``: there is no cluster.
    """
    ray = load_ray()
    if not ray.is_initialized():
        address = settings.address or os.environ.get("RAY_ADDRESS")
        where = f"at {address}" if address else "on this machine"
        options: dict[str, Any] = {"log_to_driver": False, "configure_logging": False}
        try:
            if address and _PLACE.fullmatch(address) and not Head(address).answers():
                raise ConnectionError("nobody answers there")  # Ray would ask for minutes
            _init(**({"address": address} if address else {"include_dashboard": False}), **options)
        except (ConnectionError, OSError, ray.exceptions.RayError, RuntimeError, ValueError) as error:
            raise fault(
                f"there is no Ray cluster {where}",
                [f"{error}. `cluster.address` or RAY_ADDRESS says where it is; `ray start --head` starts one."],
            ) from error
    return Head(ray.get_runtime_context().gcs_address)


def _init(**options: Any) -> None:
    """``ray.init`` in a thread that stays: Linux kills the processes that it starts when the thread ends (prctl(2),
    ``PR_SET_PDEATHSIG``), and callers are often threads of a stage."""
    connected: Future[None] = Future()

    def stay() -> None:
        try:
            load_ray().init(**options)
        except BaseException as error:  # noqa: BLE001 - it is raised in the thread that waits for it
            connected.set_exception(error)
        else:
            connected.set_result(None)
            Event().wait()

    Thread(target=stay, daemon=True, name="cluster").start()
    connected.result()


def _disconnect() -> None:
    ray = load_ray()
    with suppress(ray.exceptions.RayError, RuntimeError):
        ray.shutdown()
