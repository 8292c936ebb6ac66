"""Workers on a Ray cluster: started, lent to one caller at a time, replaced when they die.

A worker is a process somewhere in the cluster that holds something slow to open, an engine or a sandbox. Nothing here
knows which. Ray's own telemetry is off.
"""

from __future__ import annotations

import logging
import os
import queue
import re
import socket
import time
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from threading import Event, Lock, Thread
from typing import Any

os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
os.environ.setdefault("RAY_worker_niceness", "0")  # workers started here are as urgent as what waits for them
os.environ["RAY_ENABLE_AUTO_CONNECT"] = "0"  # a call after the cluster was lost must not start another one

import ray
from ray.exceptions import RayActorError, RayError

from passgap.errors import PassgapError
from passgap.spec import ClusterSection

logging.getLogger("ray").setLevel(logging.CRITICAL)  # a failure's message is in the error that it becomes

Fault = type[PassgapError]

POLL_SECONDS = 2.0
LOST_AFTER = 5
"""Polls in a row in which the cluster's head did not answer, before it counts as lost."""

START_SECONDS = 900.0
"""How long workers may take to start where none is at work: models load slowly, and clusters grow slowly."""

_PLACE = re.compile(r"[^/]+:\d+")

_RESUME = "Finished shards are kept: run the same command again once the cluster is there."


class WorkerLostError(Exception):
    """A worker died under a call; another one may be asked."""


class Workers:
    """Ray actors of one class, opened side by side.

    Args:
        count: how many; as many work as the cluster has room for.
        actor: a class with a method ``open`` that returns None, or the error for which it could not open.
        arguments: what the class is made from.
        settings: which cluster, and what each worker takes of it.
        gpus: GPUs of each worker.
        fault: the error that a failure becomes.

    Raises:
        PassgapError: of type ``fault``: there is no cluster.
    """

    def __init__(
        self, count: int, actor: type, arguments: tuple[Any, ...], settings: ClusterSection, *, gpus: int, fault: Fault
    ) -> None:
        self._fault = fault
        self._settings = settings
        self._head = _connect(settings, fault)
        self._actor: Any = ray.remote(num_cpus=settings.cpus, num_gpus=gpus, max_restarts=0)(actor)
        self._arguments = arguments
        self._idle: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._lock = Lock()
        self._actors: list[Any] = []
        self._alive = 0
        self._failure: Exception | None = None
        self._began = time.monotonic()
        for _ in range(count):
            Thread(target=self._open, daemon=True, name="worker").start()

    @contextmanager
    def lend(self) -> Iterator[Any]:
        """Wait for an idle worker and give it to the caller.

        A worker that dies, or whose call is left in the middle, is replaced by a new one.

        Raises:
            WorkerLostError: it died under the call.
            PassgapError: no worker can be had.
        """
        actor = self._next()
        try:
            yield actor
        except PassgapError:
            self._idle.put(actor)
            raise
        except RayActorError as error:
            self._replace(actor)
            raise WorkerLostError from error
        except BaseException:
            self._replace(actor)
            raise
        else:
            self._idle.put(actor)

    def result(self, reference: Any) -> Any:
        """Wait for what a worker's method returns.

        Raises:
            PassgapError: the cluster is gone.
            RayActorError: the worker died.
        """
        self._wait(reference)
        return ray.get(reference)

    def results(self, stream: Any) -> Iterator[Any]:
        """Yield the results of a worker's method as they come; raises as :meth:`result` does."""
        while True:
            self._wait(stream)
            try:
                reference = next(stream)
            except StopIteration:
                return
            yield ray.get(reference)

    def close(self) -> None:
        """End all workers. Safe to call twice."""
        with self._lock:
            actors, self._actors = self._actors, []
            self._failure = self._failure or self._fault("the workers were closed")
        for actor in actors:
            _end(actor)

    def _open(self) -> None:
        actor = None
        try:
            actor = self._actor.remote(*self._arguments)
            with self._lock:
                closed = self._failure is not None
                self._actors.append(actor)
            error = None if closed else self.result(actor.open.remote())
        except (RayError, PassgapError) as fault:
            error = fault if isinstance(fault, PassgapError) else self._fault("a worker could not start", [str(fault)])
        if error is None and not closed:
            with self._lock:
                self._alive += 1
            self._idle.put(actor)
            return
        with self._lock:
            self._failure = self._failure or error
        if actor is not None:
            _end(actor)

    def _next(self) -> Any:
        while True:
            if self._failure is not None:
                raise self._failure
            with suppress(queue.Empty):
                return self._idle.get(timeout=POLL_SECONDS)
            self._head.check(self._fault)
            if self._alive == 0 and time.monotonic() - self._began > START_SECONDS:
                raise self._fault("no worker has started on the cluster", [self._room(), _RESUME])

    def _replace(self, actor: Any) -> None:
        with self._lock:
            closed = self._failure is not None
            self._alive -= 1
            self._began = time.monotonic()
            if actor in self._actors:
                self._actors.remove(actor)
        _end(actor)
        if not closed:
            Thread(target=self._open, daemon=True, name="worker").start()

    def _wait(self, waitable: Any) -> None:
        while not ray.wait([waitable], timeout=POLL_SECONDS)[0]:
            self._head.check(self._fault)

    def _room(self) -> str:
        there: dict[str, float] = ray.cluster_resources()  # type: ignore[no-untyped-call]
        return (
            f"Each asks for {self._settings.cpus} CPUs and {self._settings.gpus} GPUs; the whole cluster has "
            f"{there.get('CPU', 0):g} and {there.get('GPU', 0):g}, part of which others may use. Ask for less under "
            f"`cluster`, or wait until there is room."
        )


class _Head:
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
            raise fault(f"the Ray cluster at {self._address} is gone", [_RESUME])

    def answers(self) -> bool:
        """Whether anybody takes a connection there."""
        try:
            with socket.create_connection(self._place, timeout=POLL_SECONDS):
                return True
        except OSError:
            return False


def _connect(settings: ClusterSection, fault: Fault) -> _Head:
    """Connect this process, once; a cluster that was started for it ends with it."""
    if not ray.is_initialized():
        address = settings.address or os.environ.get("RAY_ADDRESS")
        where = f"at {address}" if address else "on this machine"
        options: dict[str, Any] = {"log_to_driver": False, "configure_logging": False}
        try:
            if address and _PLACE.fullmatch(address) and not _Head(address).answers():
                raise ConnectionError("nobody answers there")  # Ray would ask for minutes
            _init(**({"address": address} if address else {"include_dashboard": False}), **options)
        except (ConnectionError, OSError, RayError, RuntimeError, ValueError) as error:
            raise fault(
                f"there is no Ray cluster {where}",
                [f"{error}. `cluster.address` or RAY_ADDRESS says where it is; `ray start --head` starts one."],
            ) from error
    return _Head(ray.get_runtime_context().gcs_address)


def _init(**options: Any) -> None:
    """``ray.init`` in a thread that stays: Linux kills the processes that it starts when the thread ends (prctl(2),
    ``PR_SET_PDEATHSIG``), and callers are often threads of a stage."""
    connected: Future[None] = Future()

    def stay() -> None:
        try:
            ray.init(**options)
        except BaseException as error:  # noqa: BLE001 - it is raised in the thread that waits for it
            connected.set_exception(error)
        else:
            connected.set_result(None)
            Event().wait()

    Thread(target=stay, daemon=True, name="cluster").start()
    connected.result()


def _disconnect() -> None:
    with suppress(RayError, RuntimeError):
        ray.shutdown()


def _end(actor: Any) -> None:
    if ray.is_initialized():
        with suppress(RayError, ValueError):
            ray.kill(actor)
