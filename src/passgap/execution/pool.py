"""The pool: hands jobs to workers as room allows, and yields what they decide."""

from __future__ import annotations

import itertools
import json
import os
import select
import sys
from collections import deque
from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import Any, Self

from passgap.errors import ExecutionError
from passgap.execution import control_group
from passgap.execution.packages import importable
from passgap.execution.single_run import SingleRun
from passgap.execution.worker.runners.sample_result import KILLED, MEMORY, PROCESSOR
from passgap.execution.worker_process import Assignment, Worker, WorkerLost
from passgap.records import ExecutionJob, ExecutionResult, Outcome, OutcomeKind, Tests

IN_FLIGHT = 4
"""Jobs that a worker holds at once: the one that runs, and enough behind it that it never waits for the pool."""
AHEAD = 256
"""With ``ordered``: results a worker that may wait for one that was drawn before them."""
WAITING_ALONE = 32
"""Jobs that may wait to be run again with nothing beside them, before nothing else is begun until they were."""
ATTEMPTS = 2
WATCH_SECONDS = 1.0
TESTS_KEPT = 4096
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

Everything here is paid for by every sample, since a fork copies the tables of all pages: what is large, or brings
shared libraries along, is left to the few programs that need it.
"""
PACKAGES = ("numpy", "scipy", "pandas", "sympy", "networkx", "sortedcontainers")
"""Packages that programs may import besides the standard library, where they are installed here."""


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
        self._config: dict[str, Any] = {
            "isolated": self._isolated,
            "seccomp": self._isolated,
            "packages": [[name, str(path)] for name, path in found],
            "preload": list(preload),
            "verbose": verbose,
        }
        self._workers: list[Worker] = []
        self._tests: dict[tuple[int, str | None], tuple[Tests, int, str]] = {}
        self._numbers = itertools.count()
        self._proven = False
        """Whether a worker has started here before; where one then does not, the machine may only be busy."""

    @property
    def devices(self) -> int:
        """One: this machine, however many programs run on it at once."""
        return 1

    def _results(self, jobs: Iterator[ExecutionJob], ordered: bool) -> Iterator[ExecutionResult]:
        run = Run(self, jobs, ordered)
        try:
            yield from run.results()
        finally:
            run.abandon()

    def close(self) -> None:
        """Stop every worker and wait until none is left. Safe to call twice."""
        while self._workers:
            self._workers.pop().close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def protections(self) -> dict[str, Any]:
        """The protections that the first worker reports of its jail; starts it where none runs."""
        return {**self.workers(1)[0].protections, "cgroup": control_group.available()}

    def workers(self, wanted: int) -> list[Worker]:
        """Return the workers, of which at least ``wanted`` run, but no more than the pool's size."""
        for attempt in range(1, ATTEMPTS + 1):
            started = [self._start() for _ in range(min(wanted, self.size) - len(self._workers))]
            self._workers += started
            try:
                for worker in started:
                    worker.await_ready()
            except ExecutionError:
                for worker in started:
                    self.replace(worker)
                if attempt == ATTEMPTS or not self._proven:
                    raise
            else:
                break
        self._proven = self._proven or bool(self._workers)
        return self._workers

    def replace(self, worker: Worker) -> None:
        """End a worker for good; another is started when it is needed."""
        self._workers.remove(worker)
        worker.kill()

    def tests_of(self, job: ExecutionJob) -> tuple[int, str]:
        """The number by which the workers know a job's tests, and their JSON, written once for all samples."""
        key = id(job.tests), job.entry_point
        known = self._tests.get(key)
        if known is None or known[0] is not job.tests:
            if len(self._tests) >= TESTS_KEPT:
                self._tests.clear()
            known = self._tests[key] = (job.tests, next(self._numbers), to_json(job.tests.model_dump()))
        return known[1:]

    def _start(self) -> Worker:
        return Worker(self._config, control_group.make() if self._isolated else None)


class UnprotectedExecutor(SandboxExecutor):
    """Runs programs WITHOUT the jail: as this user, with its files, network and processes within their reach.

    Tests are still judged outside the program's process, and the limits on memory and time still hold, so honest
    programs get honest outcomes. Hostile or careless ones can harm this machine. For machines on which
    :class:`SandboxExecutor` cannot be set up, and programs that you would run by hand.
    """

    _isolated = False


class Run:
    """One run over one stream of jobs."""

    def __init__(self, pool: SandboxExecutor, jobs: Iterator[ExecutionJob], ordered: bool) -> None:
        self._pool = pool
        self._jobs = jobs
        self._ordered = ordered
        self._drawn = 0
        self._exhausted = False
        self._again: deque[Assignment] = deque()
        self._alone: deque[Assignment] = deque()
        """Jobs that other work kept from a processor, to be run again with nothing beside them."""
        self._undisturbed = False
        """Whether one of those is running."""
        self._done: dict[int, ExecutionResult] = {}
        self._next = 0

    def results(self) -> Iterator[ExecutionResult]:
        """Yield results until the jobs are used up and every one has its outcome."""
        self._start_together()
        while True:
            self._fill()
            yield from self._ready()
            held = [worker for worker in self._pool.workers(0) if worker.held]
            if not held:
                if self._exhausted and not self._again and not self._alone and not self._done:
                    return
                continue
            self._listen(held)
            yield from self._ready()

    def _start_together(self) -> None:
        """Start as many workers as the first jobs will keep busy, all at the same time."""
        first = [assignment for _ in range(self._pool.size) if (assignment := self._draw()) is not None]
        self._again.extend(first)
        self._pool.workers(len(first))

    def abandon(self) -> None:
        """End the workers that still hold jobs of this run: nobody waits for those any more."""
        for worker in [worker for worker in self._pool.workers(0) if worker.held]:
            self._pool.replace(worker)

    def _ready(self) -> Iterator[ExecutionResult]:
        if not self._ordered:
            while self._done:
                yield self._done.pop(next(iter(self._done)))
        while self._next in self._done:
            self._next += 1
            yield self._done.pop(self._next - 1)

    def _fill(self) -> None:
        while self._has_room():
            assignment = self._draw()
            if assignment is None:
                break
            self._assign(assignment)
        if self._alone and not any(worker.held for worker in self._pool.workers(0)):
            self._undisturbed = True
            self._assign(self._alone.popleft())

    def _assign(self, assignment: Assignment) -> None:
        """Give a job to the worker that holds the fewest, or to a new one where all are busy."""
        worker = min(self._pool.workers(0), key=lambda one: len(one.held), default=None)
        if (worker is None or worker.held) and len(self._pool.workers(0)) < self._pool.size:
            worker = self._pool.workers(len(self._pool.workers(0)) + 1)[-1]
        assert worker is not None
        try:
            worker.assign(assignment, *self._pool.tests_of(assignment.job))
        except WorkerLost:
            self._lose(worker, "")

    def _has_room(self) -> bool:
        if self._undisturbed or len(self._alone) >= WAITING_ALONE or (self._ordered and len(self._done) >= AHEAD):
            return False
        workers = self._pool.workers(0)
        return len(workers) < self._pool.size or min(len(worker.held) for worker in workers) < IN_FLIGHT

    def _draw(self) -> Assignment | None:
        if self._again:
            return self._again.popleft()
        while not self._exhausted:
            try:
                job = next(self._jobs)
            except StopIteration:
                self._exhausted = True
                break
            assignment = Assignment(self._drawn, job)
            self._drawn += 1
            refused = refusal(job)
            if refused is None:
                return assignment
            self._finish(assignment, Outcome(kind=OutcomeKind.REFUSED, reason=refused, seconds=0.0))
            if len(self._done) >= AHEAD:
                break
        return None

    def _listen(self, held: list[Worker]) -> None:
        poll = select.poll()
        for worker in held:
            poll.register(worker, select.POLLIN)
        ready = {descriptor for descriptor, _ in poll.poll(WATCH_SECONDS * 1000)}
        for worker in held:
            if worker.fileno() in ready:
                self._hear(worker)
            elif worker.overdue():
                self._lose(worker, "the judge did not come to a decision")

    def _hear(self, worker: Worker) -> None:
        while True:
            try:
                message = worker.read()
            except (WorkerLost, OSError):
                self._lose(worker, "")
                return
            assignment = worker.held.pop(message["job"])
            self._undisturbed = False
            if message["again"] == PROCESSOR and not assignment.alone:
                assignment.alone = True
                self._alone.append(assignment)
            elif message["again"] == MEMORY:
                self._try_again(assignment, "the machine's memory ran out twice while this program ran")
            elif message["again"] == KILLED and assignment.attempts + 1 < ATTEMPTS:
                assignment.attempts += 1
                self._put_back(assignment)
            else:
                self._finish(assignment, outcome_of(message))
            if not worker.more():
                return

    def _lose(self, worker: Worker, undecided: str) -> None:
        """Give a lost worker's jobs to others; the one that it was busy with has had one of its attempts."""
        held, began = worker.held, worker.began
        self._undisturbed = False
        self._pool.replace(worker)
        for number, assignment in held.items():
            if number != began:
                self._put_back(assignment)
                continue
            if undecided:
                self._finish(assignment, Outcome(kind=OutcomeKind.TIMEOUT, reason=undecided, seconds=0.0))
            else:
                self._try_again(assignment, "the sandbox was lost twice while this program ran")

    def _try_again(self, assignment: Assignment, reason: str) -> None:
        """Give a job that was broken off another attempt; after the last one it is unscored, for ``reason``."""
        assignment.attempts += 1
        if assignment.attempts < ATTEMPTS:
            self._put_back(assignment)
        else:
            self._finish(assignment, Outcome(kind=OutcomeKind.UNSCORED, reason=reason, seconds=0.0))

    def _put_back(self, assignment: Assignment) -> None:
        (self._alone if assignment.alone else self._again).append(assignment)

    def _finish(self, assignment: Assignment, outcome: Outcome) -> None:
        self._done[assignment.number] = ExecutionResult(key=assignment.job.key, outcome=outcome)


def to_json(tests: dict[str, Any]) -> str:
    """Return tests as JSON, with integers of any length."""
    longest = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(0)
    try:
        return json.dumps(tests)
    finally:
        sys.set_int_max_str_digits(longest)


def refusal(job: ExecutionJob) -> str | None:
    """Say why a job is not run at all, or return None."""
    if not job.program.strip():
        return "there is no program"
    size = len(job.program.encode("utf-8", "surrogatepass"))
    if size > job.limits.program_bytes:
        return f"the program has {size} bytes, over the limit of {job.limits.program_bytes}"
    return None


def printable(text: str) -> str:
    """A program's words without what no file or terminal should get of them: lone surrogates and control characters."""
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


def outcome_of(message: dict[str, Any]) -> Outcome:
    """The outcome in a judge's message."""
    kind = OutcomeKind(message["kind"])
    return Outcome(
        kind=kind,
        reason=printable(message["reason"]),
        seconds=message["seconds"],
        peak_memory_bytes=message["peak"],
        protocol=None if kind is OutcomeKind.UNSCORED else "outside",
        cases=message["cases"],
        behaviour=message["behaviour"],
    )
