"""A job that was kept from a processor is run again with nothing beside it, once, and that run decides."""

from __future__ import annotations

import os
from collections import OrderedDict, deque
from typing import Any

import pytest

from passgap.execution.job_scheduler import WAITING_ALONE, Scheduler
from passgap.execution.worker.processes.process_end import MEMORY, PROCESSOR
from passgap.execution.worker_process import Assignment, WorkerLost
from passgap.execution.workers import SandboxWorkers
from passgap.records import AssertTests, ExecutionJob, ExecutionResult, OutcomeKind

TESTS = AssertTests(statements=("assert True",))
Script = dict[str, list[str]]


class ScriptedWorker:
    """A worker whose verdicts are written down: for each job what its runs end in, the last one for ever."""

    def __init__(self, script: Script, log: list[tuple[str, int]], everyone: list[ScriptedWorker]) -> None:
        self.held: OrderedDict[int, Assignment] = OrderedDict()
        self.protections: dict[str, Any] = {}
        self._script, self._log, self._everyone = script, log, everyone
        self._wake = os.eventfd(0)

    def fileno(self) -> int:
        return self._wake

    @property
    def began(self) -> int:
        return next(iter(self.held))

    def assign(self, assignment: Assignment, number: int, tests: str) -> None:
        self.held[assignment.number] = assignment
        self._log.append((assignment.job.key, sum(len(worker.held) for worker in self._everyone)))
        os.eventfd_write(self._wake, 1)

    def read(self) -> dict[str, Any]:
        number, assignment = next(iter(self.held.items()))
        if len(self.held) == 1:
            os.eventfd_read(self._wake)
        ends = self._script.get(assignment.job.key, ["passed"])
        end = ends.pop(0) if len(ends) > 1 else ends[0]
        if end == "lost":
            raise WorkerLost
        kind, _, again = end.partition(" ")
        verdict = {"job": number, "kind": kind, "reason": "", "seconds": 0.0, "cases": None, "behaviour": None}
        return {**verdict, "peak": None, "again": again}

    def await_ready(self) -> None:
        pass

    def more(self) -> bool:
        return False

    def overdue(self) -> bool:
        return False

    def kill(self) -> None:
        os.close(self._wake)


def run(
    script: Script, jobs: int, monkeypatch: pytest.MonkeyPatch, *, ordered: bool = True
) -> tuple[list[ExecutionResult], list[tuple[str, int]]]:
    """Results, and each start of a job with how many jobs were held then, itself included."""
    log: list[tuple[str, int]] = []
    workers = SandboxWorkers({"isolated": True}, 2)
    everyone: list[Any] = workers.running
    monkeypatch.setattr(workers, "_start", lambda: ScriptedWorker(script, log, everyone))
    stream = (ExecutionJob(key=str(number), program="x", tests=TESTS) for number in range(jobs))
    found = list(Scheduler(workers, stream, ordered).results())
    for worker in workers.running:
        worker.kill()
    return found, log


def starts(key: str, log: list[tuple[str, int]]) -> list[int]:
    return [held for name, held in log if name == key]


@pytest.mark.parametrize("ordered", [True, False])
def test_a_second_run_has_the_pool_for_itself_and_decides(monkeypatch: pytest.MonkeyPatch, ordered: bool) -> None:
    script = {
        "3": [f"timeout {PROCESSOR}", "passed"],
        "5": [f"timeout {PROCESSOR}", "failed"],
        "7": [f"timeout {PROCESSOR}"],
    }
    results, log = run(script, 20, monkeypatch, ordered=ordered)
    kinds = {result.key: result.outcome.kind for result in results}
    assert len(results) == len(kinds) == 20
    assert [kinds[key] for key in "357"] == [OutcomeKind.PASSED, OutcomeKind.FAILED, OutcomeKind.TIMEOUT]
    for key in "357":
        assert len(starts(key, log)) == 2
        assert starts(key, log)[1] == 1
    if ordered:
        assert [result.key for result in results] == list(map(str, range(20)))


def test_other_jobs_go_on_until_many_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    count = 3 * WAITING_ALONE
    script = {str(number): [f"timeout {PROCESSOR}", "passed"] for number in range(count)}
    results, log = run(script, count, monkeypatch)
    assert all(result.outcome.passed for result in results)
    assert all(starts(str(number), log)[1] == 1 for number in range(count))
    seconds = deque(place for place, (key, _) in enumerate(log) if log.index((key, log[place][1])) != place)
    assert seconds[0] >= WAITING_ALONE


def test_a_lost_worker_takes_no_second_run_away(monkeypatch: pytest.MonkeyPatch) -> None:
    script = {"3": [f"timeout {PROCESSOR}", "lost", "passed"]}
    results, log = run(script, 8, monkeypatch)
    assert all(result.outcome.passed for result in results)
    assert starts("3", log)[1:] == [1, 1]


def test_want_of_memory_twice_is_no_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    results, _ = run({"1": [f"unscored {MEMORY}"], "2": [f"unscored {MEMORY}", "failed"]}, 4, monkeypatch)
    assert [result.outcome.kind.value for result in results] == ["passed", "unscored", "failed", "passed"]
