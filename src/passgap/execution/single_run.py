"""The part that all executors here share: one run at a time, and progress per result."""

from __future__ import annotations

import abc
from collections.abc import Iterable, Iterator

from passgap.errors import ExecutionError
from passgap.ports import Progress
from passgap.records import ExecutionJob, ExecutionResult


class SingleRun(abc.ABC):
    """An executor that gives all its workers to one run, from its first result to its last."""

    _running = False

    def run(
        self, jobs: Iterable[ExecutionJob], *, ordered: bool = False, progress: Progress | None = None
    ) -> Iterator[ExecutionResult]:
        """Yield one result for each job; see :meth:`passgap.ports.Executor.run`."""
        if self._running:
            raise ExecutionError(
                "the pool is running already", ["finish or close the first run before you start the next one"]
            )
        return self._run(iter(jobs), ordered, progress)

    def _run(self, jobs: Iterator[ExecutionJob], ordered: bool, progress: Progress | None) -> Iterator[ExecutionResult]:
        self._running = True
        try:
            for result in self._results(jobs, ordered):
                if progress is not None:
                    progress(1)
                yield result
        finally:
            self._running = False

    @abc.abstractmethod
    def _results(self, jobs: Iterator[ExecutionJob], ordered: bool) -> Iterator[ExecutionResult]:
        """Yield one result for each job, and release what is left if nobody asks for more."""
