"""When a worker, its jail or the pool's own process is killed: nothing is lost, nothing counted twice, nothing left."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from passgap.errors import ExecutionError
from passgap.execution import SandboxExecutor
from passgap.execution.worker_process import Worker
from passgap.records import AssertTests, ExecutionJob, OutcomeKind

TESTS = AssertTests(statements=("assert add(1, 2) == 3",))
PROGRAM = "import time\ntime.sleep(0.02)\ndef add(a, b):\n    return a + b\n"
PARENT = """
import os
from passgap.execution import SandboxExecutor
from passgap.records import AssertTests, ExecutionJob, Limits
program = "import os, time\\nif os.fork() == 0:\\n    os.setsid()\\ntime.sleep(600)"
tests = AssertTests(statements=("assert add(1, 2) == 3",))
with SandboxExecutor(workers=2) as executor:
    executor.protections
    print(os.getpid(), flush=True)
    limits = Limits(seconds=600)
    list(executor.run(ExecutionJob(key=str(n), program=program, tests=tests, limits=limits) for n in range(4)))
"""


def jobs(count: int) -> list[ExecutionJob]:
    return [ExecutionJob(key=str(number), program=PROGRAM, tests=TESTS) for number in range(count)]


def children(pid: int) -> list[int]:
    """Every process below ``pid``."""
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, task.read_text().split()):
            found += [child, *children(child)]
    return found


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[0]
    except OSError:
        return False
    return state != b"Z"


PATIENCE = 600.0
"""Seconds, on however slow a machine, after which what is waited for will not come."""


def wait_until_gone(pids: list[int]) -> list[int]:
    end = time.monotonic() + PATIENCE
    while (left := [pid for pid in pids if alive(pid)]) and time.monotonic() < end:
        time.sleep(0.05)
    return left


def run_and_kill(pick: int) -> dict[str, OutcomeKind]:
    """Kill a process at depth ``pick`` below the pool every few results."""
    outcomes: dict[str, OutcomeKind] = {}
    others = set(direct_children(os.getpid()))
    with SandboxExecutor(workers=2) as executor:
        for number, result in enumerate(executor.run(jobs(60))):
            assert result.key not in outcomes
            outcomes[result.key] = result.outcome.kind
            if number in (5, 25):
                end = time.monotonic() + PATIENCE
                while not (found := at_depth(pick, others)) and time.monotonic() < end:
                    time.sleep(0.001)  # a worker that was killed is started again, and has no processes yet
                os.kill(found[0], signal.SIGKILL)
    return outcomes


def direct_children(pid: int) -> list[int]:
    """The processes that ``pid`` has started; none where it has ended."""
    with contextlib.suppress(OSError):
        return [int(each) for task in Path(f"/proc/{pid}/task").glob("*/children") for each in task.read_text().split()]
    return []


def at_depth(depth: int, others: set[int]) -> list[int]:
    """The processes so deep below this one, leaving out what ran before."""
    level = [pid for pid in direct_children(os.getpid()) if pid not in others]
    for _ in range(depth - 1):
        level = [child for pid in level for child in direct_children(pid)]
    return level


def test_a_killed_judge_costs_nothing() -> None:
    outcomes = run_and_kill(pick=1)
    assert len(outcomes) == 60
    assert set(outcomes.values()) == {OutcomeKind.PASSED}


def test_a_killed_jail_costs_nothing() -> None:
    outcomes = run_and_kill(pick=3)
    assert len(outcomes) == 60
    assert set(outcomes.values()) == {OutcomeKind.PASSED}


def test_a_worker_that_does_not_start_on_a_busy_machine_is_started_again(monkeypatch: pytest.MonkeyPatch) -> None:
    real, failures = Worker.await_ready, 1

    def busy(worker: Worker) -> None:
        nonlocal failures
        failures -= 1
        if failures >= 0:
            raise ExecutionError("no answer in time")
        real(worker)

    with SandboxExecutor(workers=1) as executor:
        monkeypatch.setattr(Worker, "await_ready", busy)
        with pytest.raises(ExecutionError):  # where none has ever started, the machine cannot do it
            list(executor.run(jobs(1)))
        assert executor.protections
        executor.close()
        failures = 1
        (result,) = executor.run(jobs(1))
    assert result.outcome.passed


def test_a_pool_that_is_closed_leaves_no_process() -> None:
    before = set(children(os.getpid()))
    executor = SandboxExecutor(workers=2)
    list(executor.run(jobs(4)))
    started = set(children(os.getpid())) - before
    assert started
    executor.close()
    assert not wait_until_gone(list(started))


def test_a_killed_parent_takes_everything_with_it() -> None:
    process = subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    process.stdout.readline()
    deadline = time.monotonic() + PATIENCE
    while len(children(process.pid)) < 10 and time.monotonic() < deadline:
        time.sleep(0.1)
    started = children(process.pid)
    assert len(started) >= 10
    process.kill()
    process.wait()
    assert not wait_until_gone(started)


def test_the_parents_memory_stays_flat() -> None:
    def resident() -> int:
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    quick = "def add(a, b):\n    return a + b\n"
    stream = (ExecutionJob(key=str(number), program=quick + "#" * 400_000, tests=TESTS) for number in range(100))
    early = 0
    with SandboxExecutor(workers=2) as executor:
        for number, result in enumerate(executor.run(stream)):
            assert result.outcome.passed
            if number == 20:
                early = resident()
    assert resident() - early < 16 << 20
