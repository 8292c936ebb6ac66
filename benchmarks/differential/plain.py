"""Judging by plain CPython: workers that fork a fresh process for each sample, several at once."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from differential.plain_worker import ENVIRONMENT
from passgap.records import ExecutionJob

WORKER = Path(__file__).parent / "plain_worker.py"
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}


@dataclass(frozen=True)
class Verdict:
    """The verdict of one side on a sample."""

    kind: str
    reason: str

    @property
    def passed(self) -> bool:
        return self.kind == "passed"


class PlainPython:
    """A pool of workers; see :mod:`.plain_worker`."""

    def __init__(self, workers: int) -> None:
        self._threads = ThreadPoolExecutor(workers)
        self._own = threading.local()
        self._started: list[subprocess.Popen[str]] = []

    def run(self, jobs: Iterable[ExecutionJob]) -> Iterator[Verdict]:
        """Yield a verdict a job, in their order."""
        yield from self._threads.map(self._judge, jobs)

    def _judge(self, job: ExecutionJob) -> Verdict:
        worker = self._worker()
        assert worker.stdin is not None
        assert worker.stdout is not None
        worker.stdin.write(json.dumps(message(job)) + "\n")
        worker.stdin.flush()
        line = worker.stdout.readline()
        if not line:
            raise RuntimeError(f"the plain worker ended at {job.key}")
        answer = json.loads(line)
        return Verdict(answer["kind"], answer["reason"])

    def _worker(self) -> subprocess.Popen[str]:
        if not hasattr(self._own, "worker"):
            self._own.worker = subprocess.Popen(
                [sys.executable, "-B", str(WORKER)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                env={**ENVIRONMENT, **ONE_THREAD},
            )
            self._started.append(self._own.worker)
        worker: subprocess.Popen[str] = self._own.worker
        return worker

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._threads.shutdown(cancel_futures=True)
        for worker in self._started:
            assert worker.stdin is not None
            worker.stdin.close()
            worker.wait()


def message(job: ExecutionJob) -> dict[str, Any]:
    """A job in the form that the worker reads."""
    return {
        "id": job.key,
        "program": job.program,
        "tests": job.tests.model_dump(),
        "entry_point": job.entry_point,
        "seconds": job.limits.seconds,
        "memory": job.limits.memory_bytes,
    }
