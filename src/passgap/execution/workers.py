"""The workers of a pool: started as they are needed, replaced if they are lost."""

from __future__ import annotations

import itertools
import json
import sys
from typing import Any

from passgap.errors import ExecutionError
from passgap.execution import control_group
from passgap.execution.harnessing import tests_message
from passgap.execution.worker_process import Assignment, Worker
from passgap.records import Tests

ATTEMPTS = 2
TESTS_KEPT = 4096
TESTS_BYTES = 256 << 20
"""The bytes of tests, as JSON, that the pool holds; those of one problem may be more."""


class SandboxWorkers:
    """The workers of one pool.

    Args:
        config: sent to each worker.
        size: their number at most.
    """

    def __init__(self, config: dict[str, Any], size: int) -> None:
        self._config = config
        self.size = size
        self.isolated: bool = config["isolated"]
        self.running: list[Worker] = []
        self._tests: dict[tuple[int, str | None, str], tuple[Tests, int, str]] = {}
        self._bytes = 0
        """How much text of tests is held."""
        self._numbers = itertools.count()
        self._proven = False
        """Whether a worker has started here before; if one then does not, the machine may only be busy."""

    def started(self, wanted: int) -> list[Worker]:
        """Return the workers, starting some so that at least ``wanted`` run, but no more than the pool's size."""
        for attempt in range(1, ATTEMPTS + 1):
            started = [self._start() for _ in range(min(wanted, self.size) - len(self.running))]
            self.running += started
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
        self._proven = self._proven or bool(self.running)
        return self.running

    def replace(self, worker: Worker) -> None:
        """End a worker for good; another is started when it is needed."""
        self.running.remove(worker)
        worker.kill()

    def tests_of(self, assignment: Assignment) -> tuple[int, str]:
        """Return the number by which workers know a job's tests, and the tests as JSON, encoded once."""
        job = assignment.job
        key = id(job.tests), job.entry_point, assignment.runner.name
        known = self._tests.get(key)
        if known is None or known[0] is not job.tests:
            text = to_json(tests_message(job))
            self._bytes += len(text)
            if len(self._tests) >= TESTS_KEPT or self._bytes > TESTS_BYTES:
                self._tests.clear()
                self._bytes = len(text)
            known = self._tests[key] = (job.tests, next(self._numbers), text)
        return known[1:]

    def close(self) -> None:
        """Stop every worker and wait until none is left. Safe to call twice."""
        while self.running:
            self.running.pop().close()

    def _start(self) -> Worker:
        return Worker(self._config, control_group.make() if self.isolated else None)


def to_json(tests: dict[str, Any]) -> str:
    """Return tests as JSON, with integers of any length."""
    longest = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(0)
    try:
        return json.dumps(tests)
    finally:
        sys.set_int_max_str_digits(longest)
