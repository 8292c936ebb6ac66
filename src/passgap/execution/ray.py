"""The sandbox on every worker of a Ray cluster."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from itertools import islice

from passgap.cluster import WorkerLostError, Workers, require_ray
from passgap.errors import ExecutionError, PassgapError
from passgap.execution.pool import SandboxExecutor
from passgap.execution.single_run import SingleRun
from passgap.records import ExecutionJob, ExecutionResult, Outcome, OutcomeKind
from passgap.spec import ClusterSection

CHUNK_JOBS = 16
"""Jobs per chunk and core: enough to make up for the transfer, few enough to be spread evenly."""

ATTEMPTS = 2

Chunk = list[ExecutionJob]


class RayExecutor(SingleRun):
    """Implements :class:`passgap.ports.Executor`: jobs go out in chunks, each to an idle worker with its own sandbox.

    If a worker dies, its chunk is run again on another one; a chunk that two workers died of is unscored.

    Args:
        settings: the cluster and its workers; the connection is made for the first job.
    """

    def __init__(self, settings: ClusterSection) -> None:
        require_ray(ExecutionError)
        self._settings = settings
        self._count = settings.sandboxes or settings.workers
        self._workers: Workers | None = None

    @property
    def devices(self) -> int:
        """Workers that run programs at once."""
        return self._count

    def close(self) -> None:
        """End the workers and their sandboxes; the connection to the cluster stays."""
        if self._workers is not None:
            self._workers.close()
            self._workers = None

    def _results(self, jobs: Iterator[ExecutionJob], ordered: bool) -> Iterator[ExecutionResult]:
        workers = self._opened()
        threads = ThreadPoolExecutor(self._count, thread_name_prefix="chunk")
        out: deque[Future[list[ExecutionResult]]] = deque()
        try:
            while True:
                while len(out) <= self._count and (chunk := list(islice(jobs, CHUNK_JOBS * self._settings.cpus))):
                    out.append(threads.submit(_run_chunk, workers, chunk))
                if not out:
                    return
                done = out[0] if ordered else next(iter(wait(out, return_when=FIRST_COMPLETED).done))
                results = done.result()
                out.remove(done)
                yield from results
        finally:
            threads.shutdown(wait=False, cancel_futures=True)

    def _opened(self) -> Workers:
        if self._workers is None:
            settings = self._settings
            self._workers = Workers(
                self._count, SandboxWorker, (settings.cpus,), settings, gpus=0, fault=ExecutionError
            )
        return self._workers


def _run_chunk(workers: Workers, chunk: Chunk) -> list[ExecutionResult]:
    for _ in range(ATTEMPTS):
        try:
            with workers.lend() as worker:
                answer = workers.result(worker.run.remote(chunk))
        except WorkerLostError:
            continue
        if isinstance(answer, PassgapError):
            raise answer
        results: list[ExecutionResult] = answer
        return results
    reason = f"{ATTEMPTS} workers of the cluster died while it ran"
    unscored = Outcome(kind=OutcomeKind.UNSCORED, reason=reason, seconds=0.0)
    return [ExecutionResult(key=job.key, outcome=unscored) for job in chunk]


class SandboxWorker:
    """A sandbox in a worker's process. Errors that a person can mend are returned as values."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._executor: SandboxExecutor | None = None

    def open(self) -> PassgapError | None:
        """Set the sandbox up, so that a node that cannot have one reports it at once."""
        try:
            self._executor = SandboxExecutor(self._size)
            _ = self._executor.protections
        except PassgapError as error:
            return error
        return None

    def run(self, chunk: Sequence[ExecutionJob]) -> list[ExecutionResult] | PassgapError:
        """The chunk's results, in order."""
        assert self._executor is not None
        try:
            return list(self._executor.run(chunk, ordered=True))
        except PassgapError as error:
            return error
