"""The scheduler of one run: which worker gets which job, which jobs are run again, and when results are handed out."""

from __future__ import annotations

import select
from collections import deque
from collections.abc import Iterator

from passgap.execution.outcomes import not_run, outcome_of
from passgap.execution.selection import runner_for
from passgap.execution.worker.processes.process_end import KILLED, MEMORY, PROCESSOR
from passgap.execution.worker_process import Assignment, Worker, WorkerLost
from passgap.execution.workers import ATTEMPTS, SandboxWorkers
from passgap.records import ExecutionJob, ExecutionResult, Outcome, OutcomeKind, environment_of

IN_FLIGHT = 4
"""Jobs that a worker holds at once: the running one, and enough others that it never waits for the pool."""
AHEAD = 256
"""With ``ordered``: results per worker that may wait for one whose job was drawn before theirs."""
WAITING_ALONE = 32
"""Jobs that may wait to be run again alone, before no other job is begun until they were."""
WATCH_SECONDS = 1.0


class Scheduler:
    """Assigns one stream of jobs to workers as room allows, and again if a run was not the program's fault.

    Args:
        workers: of the pool.
        jobs: drawn from as room allows.
        ordered: whether results come in the order of the jobs.
    """

    def __init__(self, workers: SandboxWorkers, jobs: Iterator[ExecutionJob], ordered: bool) -> None:
        self._workers = workers
        self._jobs = jobs
        self._ordered = ordered
        self._drawn = 0
        self._exhausted = False
        self._again: deque[Assignment] = deque()
        self._alone: deque[Assignment] = deque()
        """Jobs that other work kept from a processor, to be run again alone."""
        self._undisturbed = False
        """Whether one of those is running."""
        self._done: dict[int, ExecutionResult] = {}
        self._next = 0

    def results(self) -> Iterator[ExecutionResult]:
        """Yield results until the jobs are used up and each has its outcome."""
        self._start_together()
        while True:
            self._fill()
            yield from self._ready()
            held = [worker for worker in self._workers.running if worker.held]
            if not held:
                if self._exhausted and not self._again and not self._alone and not self._done:
                    return
                continue
            self._listen(held)
            yield from self._ready()

    def _start_together(self) -> None:
        """Start as many workers as the first jobs will keep busy, all at the same time."""
        first = [assignment for _ in range(self._workers.size) if (assignment := self._draw()) is not None]
        self._again.extend(first)
        self._workers.started(len(first))

    def abandon(self) -> None:
        """End the workers that still hold jobs of this run, for which nobody waits any more."""
        for worker in [worker for worker in self._workers.running if worker.held]:
            self._workers.replace(worker)

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
        if self._alone and not any(worker.held for worker in self._workers.running):
            self._undisturbed = True
            self._assign(self._alone.popleft())

    def _assign(self, assignment: Assignment) -> None:
        """Give a job to the worker that holds the fewest, or to a new one if all are busy."""
        worker = min(self._workers.running, key=lambda one: len(one.held), default=None)
        if (worker is None or worker.held) and len(self._workers.running) < self._workers.size:
            worker = self._workers.started(len(self._workers.running) + 1)[-1]
        assert worker is not None
        try:
            worker.assign(assignment, *self._workers.tests_of(assignment))
        except WorkerLost:
            self._lose(worker, "")

    def _has_room(self) -> bool:
        if self._undisturbed or len(self._alone) >= WAITING_ALONE or (self._ordered and len(self._done) >= AHEAD):
            return False
        workers = self._workers.running
        return len(workers) < self._workers.size or min(len(worker.held) for worker in workers) < IN_FLIGHT

    def _draw(self) -> Assignment | None:
        if self._again:
            return self._again.popleft()
        while not self._exhausted:
            try:
                job = next(self._jobs)
            except StopIteration:
                self._exhausted = True
                break
            number = self._drawn
            self._drawn += 1
            outcome = not_run(job, self._workers.isolated)
            if outcome is None:
                return Assignment(number, job, runner_for(job.language, job.tests.style, environment_of(job.tests)))
            self._done[number] = ExecutionResult(key=job.key, outcome=outcome)
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
                self._finish(assignment, outcome_of(message, assignment.runner))
            if not worker.more():
                return

    def _lose(self, worker: Worker, undecided: str) -> None:
        """Give a lost worker's jobs to others; the one that it was working on has used up one of its attempts."""
        held, began = worker.held, worker.began
        self._undisturbed = False
        self._workers.replace(worker)
        for number, assignment in held.items():
            if number != began:
                self._put_back(assignment)
                continue
            if undecided:
                self._finish(assignment, Outcome(kind=OutcomeKind.TIMEOUT, reason=undecided, seconds=0.0))
            else:
                self._try_again(assignment, "the sandbox was lost twice while this program ran")

    def _try_again(self, assignment: Assignment, reason: str) -> None:
        """Give an interrupted job another attempt; after the last one it is unscored, for ``reason``."""
        assignment.attempts += 1
        if assignment.attempts < ATTEMPTS:
            self._put_back(assignment)
        else:
            self._finish(assignment, Outcome(kind=OutcomeKind.UNSCORED, reason=reason, seconds=0.0))

    def _put_back(self, assignment: Assignment) -> None:
        (self._alone if assignment.alone else self._again).append(assignment)

    def _finish(self, assignment: Assignment, outcome: Outcome) -> None:
        self._done[assignment.number] = ExecutionResult(key=assignment.job.key, outcome=outcome)
