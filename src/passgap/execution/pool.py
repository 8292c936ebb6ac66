"""The executors on this machine: a pool of workers, in jails or, at one's own risk, without."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import Any, Self

from passgap.errors import ExecutionError
from passgap.execution import control_group
from passgap.execution.job_scheduler import Scheduler
from passgap.execution.packages import importable
from passgap.execution.single_run import SingleRun
from passgap.execution.workers import SandboxWorkers
from passgap.records import ExecutionJob, ExecutionResult

PRELOAD = (
    "bisect",
    "collections",
    "copy",
    "enum",
    "functools",
    "heapq",
    "io",
    "itertools",
    "json",
    "math",
    "operator",
    "re",
    "string",
    "time",
    "typing",
)
"""Modules that the jail imports once, so that no program waits for them.

Every sample pays for each of them, since a fork copies the tables of all pages: large modules, and those with shared
libraries, are left to the few programs that need them.
"""
PACKAGES = ("numpy", "scipy", "pandas", "sympy", "networkx", "sortedcontainers")
"""Packages that programs may import besides the standard library, if they are installed here."""


class SandboxExecutor(SingleRun):
    """Runs programs in the jail; an :class:`~passgap.ports.Executor`.

    Args:
        workers: programs at once; by default one for each core that this process may use.
        packages: distributions that programs may import, with what these need; those not installed are left out.
        preload: standard library modules that are imported once for all programs.
        verbose: let the workers' own errors reach this process's standard error.
    """

    _isolated = True

    def __init__(
        self,
        workers: int | None = None,
        *,
        packages: Iterable[str] = PACKAGES,
        preload: Iterable[str] = PRELOAD,
        verbose: bool = False,
    ) -> None:
        if sys.platform != "linux" and self._isolated:
            raise ExecutionError(
                "the sandbox needs Linux",
                ["programs can be run without any protection, by UnprotectedExecutor and at your own risk"],
            )
        if workers is not None and workers < 1:
            raise ExecutionError("a pool needs at least one worker", [f"workers is {workers}"])
        self.size = workers or len(os.sched_getaffinity(0))
        found = importable(packages)
        config: dict[str, Any] = {
            "isolated": self._isolated,
            "seccomp": self._isolated,
            "packages": [[name, str(path)] for name, path in found],
            "preload": list(preload),
            "verbose": verbose,
        }
        self._workers = SandboxWorkers(config, self.size)

    @property
    def devices(self) -> int:
        """One: this machine, however many programs run on it at once."""
        return 1

    def _results(self, jobs: Iterator[ExecutionJob], ordered: bool) -> Iterator[ExecutionResult]:
        run = Scheduler(self._workers, jobs, ordered)
        try:
            yield from run.results()
        finally:
            run.abandon()

    def close(self) -> None:
        """Stop every worker and wait until none is left. Safe to call twice."""
        self._workers.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def protections(self) -> dict[str, Any]:
        """The protections that the first worker reports of its jail; starts it if none runs."""
        return {**self._workers.started(1)[0].protections, "cgroup": control_group.available()}


class UnprotectedExecutor(SandboxExecutor):
    """Runs programs WITHOUT the jail: as this user, with its files, network and processes within their reach.

    Tests are still judged outside the program's process, and the limits on memory and time still hold, so honest
    programs get honest outcomes. Hostile or careless ones can harm this machine. For machines on which
    :class:`SandboxExecutor` cannot be set up, and programs that you would run by hand.
    """

    _isolated = False
