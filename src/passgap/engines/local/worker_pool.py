"""A pool of single-threaded engines side by side, instead of one engine on several threads.

A step of a small model is a thousand short operations. Spread over threads, each of them ends with a barrier, and a
barrier waits for whichever thread the system has suspended; several threads with a batch each wait for Python's global
lock instead. A worker is a process with one thread that waits for nobody; the weights are mapped from the same file.
"""

from __future__ import annotations

import queue
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import torch

from passgap.engines.local.worker_process import WorkerProcess
from passgap.errors import EngineError
from passgap.ports import Progress, Sampler, SampleRequest
from passgap.records import Decoding, Sample

OpenSampler = Callable[[], Sampler]


@contextmanager
def single_threaded() -> Iterator[None]:
    """Compute as a worker does: on several threads some kernels split their sums, which changes samples."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


class WorkerPool:
    """Processes that sample one model, each a call at a time. They end with :meth:`close` or with this process.

    Args:
        size: how many.
        open_sampler: opens the engine of a worker; it is called in the worker, so it must be picklable.
    """

    def __init__(self, size: int, open_sampler: OpenSampler) -> None:
        self._workers = [_Worker(open_sampler) for _ in range(size)]
        self._idle: queue.SimpleQueue[_Worker] = queue.SimpleQueue()
        for worker in self._workers:
            self._idle.put(worker)

    def sample(
        self, requests: Sequence[SampleRequest], decoding: Decoding, progress: Progress | None
    ) -> Iterator[Sample]:
        """Yield every sample of the requests from one worker, once one is idle. Several threads may call this.

        Raises:
            EngineError: the worker was killed, or crashed.
            Exception: whatever the worker's engine raised.
        """
        worker = self._idle.get()
        try:
            yield from worker.sample(requests, decoding, progress)
        finally:
            self._idle.put(worker)

    @property
    def pids(self) -> list[int]:
        """The ids of the processes that are running."""
        return [worker.pid for worker in self._workers if worker.pid is not None]

    def close(self) -> None:
        """End the processes."""
        for worker in self._workers:
            worker.close()


class _Worker:
    """One process, started with its first call."""

    def __init__(self, open_sampler: OpenSampler) -> None:
        self._open_sampler = open_sampler
        self._process: WorkerProcess | None = None

    @property
    def pid(self) -> int | None:
        """The id of the process, where it is running."""
        return self._process.pid if self._process is not None else None

    def sample(
        self, requests: Sequence[SampleRequest], decoding: Decoding, progress: Progress | None
    ) -> Iterator[Sample]:
        process = self._process = self._process or WorkerProcess(self._open_sampler)
        ended = False
        try:
            for item in self._answers(process, (requests, decoding)):
                if isinstance(item, Sample):
                    yield item
                elif isinstance(item, Exception):
                    raise item
                elif isinstance(item, int) and progress is not None:
                    progress(item)
            ended = True
        finally:
            if not ended:  # what is left in the connection must not reach the next call
                self.close()

    def _answers(self, process: WorkerProcess, call: object) -> Iterator[object]:
        """Make a call and yield what comes back, up to the None at its end."""
        try:
            process.connection.send(call)
            while (item := process.connection.recv()) is not None:
                yield item
        except (EOFError, OSError) as error:
            if self._process is not process:
                raise EngineError("the local engine was closed while it was sampling") from error
            self._process = None
            raise process.fault() from error

    def close(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.close()
