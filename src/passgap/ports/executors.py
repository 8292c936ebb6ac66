"""Executors, which run untrusted programs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol, runtime_checkable

from passgap.ports.progress import Progress
from passgap.records import ExecutionJob, ExecutionResult


@runtime_checkable
class Executor(Protocol):
    """Runs untrusted programs against tests."""

    @property
    def devices(self) -> int:
        """The number of devices that are reserved while programs run."""
        ...

    def run(
        self, jobs: Iterable[ExecutionJob], *, ordered: bool = False, progress: Progress | None = None
    ) -> Iterator[ExecutionResult]:
        """Yield exactly one result per job, as they finish or in the order of the jobs.

        Nothing that a program does raises an exception here: it always has an outcome. A job that the sandbox fails to
        run is retried once, and is then ``UNSCORED`` with the reason.

        Args:
            jobs: the jobs, which are consumed as workers become free.
            ordered: whether results are yielded in the order of the jobs.
            progress: called with the number of finished jobs.

        Raises:
            ExecutionError: the sandbox cannot be set up on this machine.
        """
        ...

    def close(self) -> None:
        """Stop all workers, and return when none is left. Safe to call twice."""
        ...
