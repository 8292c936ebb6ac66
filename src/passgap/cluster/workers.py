"""Workers on a Ray cluster: started, lent to one caller at a time, replaced when they die.

A worker is a process somewhere in the cluster that holds something slow to open, an engine or a sandbox. Nothing here
knows which.
"""

from __future__ import annotations

import queue
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Lock, Thread
from typing import Any

from passgap.cluster.connection import POLL_SECONDS, RESUME, connect
from passgap.cluster.library import Fault, load_ray
from passgap.errors import PassgapError
from passgap.spec import ClusterSection

START_SECONDS = 900.0
"""How long workers may take to start where none is at work: models load slowly, and clusters grow slowly."""


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
        fault: the type of the error that a failure becomes.

    Raises:
        PassgapError: of type ``fault``: there is no cluster.
    """

    def __init__(
        self, count: int, actor: type, arguments: tuple[Any, ...], settings: ClusterSection, *, gpus: int, fault: Fault
    ) -> None:
        self._fault = fault
        self._settings = settings
        self._ray = load_ray()
        self._head = connect(settings, fault)
        self._actor: Any = self._ray.remote(num_cpus=settings.cpus, num_gpus=gpus, max_restarts=0)(actor)
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
        except self._ray.exceptions.RayActorError as error:
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
        return self._ray.get(reference)

    def results(self, stream: Any) -> Iterator[Any]:
        """Yield the results of a worker's method as they come; raises as :meth:`result` does."""
        while True:
            self._wait(stream)
            try:
                reference = next(stream)
            except StopIteration:
                return
            yield self._ray.get(reference)

    def close(self) -> None:
        """End all workers. Safe to call twice."""
        with self._lock:
            actors, self._actors = self._actors, []
            self._failure = self._failure or self._fault("the workers were closed")
        for actor in actors:
            self._end(actor)

    def _open(self) -> None:
        actor = None
        try:
            actor = self._actor.remote(*self._arguments)
            with self._lock:
                closed = self._failure is not None
                self._actors.append(actor)
            error = None if closed else self.result(actor.open.remote())
        except (self._ray.exceptions.RayError, PassgapError) as fault:
            error = fault if isinstance(fault, PassgapError) else self._fault("a worker could not start", [str(fault)])
        if error is None and not closed:
            with self._lock:
                self._alive += 1
            self._idle.put(actor)
            return
        with self._lock:
            self._failure = self._failure or error
        if actor is not None:
            self._end(actor)

    def _next(self) -> Any:
        while True:
            if self._failure is not None:
                raise self._failure
            with suppress(queue.Empty):
                return self._idle.get(timeout=POLL_SECONDS)
            self._head.check(self._fault)
            if self._alive == 0 and time.monotonic() - self._began > START_SECONDS:
                raise self._fault("no worker has started on the cluster", [self._room(), RESUME])

    def _replace(self, actor: Any) -> None:
        with self._lock:
            closed = self._failure is not None
            self._alive -= 1
            self._began = time.monotonic()
            if actor in self._actors:
                self._actors.remove(actor)
        self._end(actor)
        if not closed:
            Thread(target=self._open, daemon=True, name="worker").start()

    def _end(self, actor: Any) -> None:
        if self._ray.is_initialized():
            with suppress(self._ray.exceptions.RayError, ValueError):
                self._ray.kill(actor)

    def _wait(self, waitable: Any) -> None:
        while not self._ray.wait([waitable], timeout=POLL_SECONDS)[0]:
            self._head.check(self._fault)

    def _room(self) -> str:
        there: dict[str, float] = self._ray.cluster_resources()
        return (
            f"Each asks for {self._settings.cpus} CPUs and {self._settings.gpus} GPUs; the whole cluster has "
            f"{there.get('CPU', 0):g} and {there.get('GPU', 0):g}, part of which others may use. Ask for less under "
            f"`cluster`, or wait until there is room."
        )
