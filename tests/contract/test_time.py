"""A program's limit is on the processor time of all its processes; the clock ends what does not compute."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Iterator

import pytest

from passgap.execution import SandboxExecutor, UnprotectedExecutor
from passgap.execution.worker.processes.process_end import still_there
from passgap.ports import Executor
from passgap.records import AssertTests, CheckTests, ExecutionJob, Limits, Outcome, OutcomeKind, StdioCase, StdioTests

ASSERTS = AssertTests(statements=("assert add(1, 2) == 3",))
STDIO = StdioTests(cases=(StdioCase(stdin="", stdout="3"),))
LIMIT = 0.12
"""Seconds of processor time of a program that never ends."""
MORE_BETWEEN_TWO_LOOKS = 1.0
"""Seconds that it may compute beyond its limit on a machine too busy to look; the clock's limit is far longer."""
COMPUTE = """
import time
def compute(seconds):
    while time.process_time() < seconds:
        pass
"""


@pytest.fixture(scope="module", params=[SandboxExecutor, pytest.param(UnprotectedExecutor, marks=pytest.mark.slow)])
def executor(request: pytest.FixtureRequest) -> Iterator[Executor]:
    with request.param(workers=2) as made:
        yield made


def function(body: str, seconds: float, head: str = "") -> ExecutionJob:
    body = "".join(f"    {line}\n" for line in body.splitlines())
    program = f"{head}\ndef add(a, b):\n{body}    return a + b\n"
    return ExecutionJob(key="asserts", program=program, tests=ASSERTS, limits=Limits(seconds=seconds))


def script(body: str, seconds: float, head: str = "") -> ExecutionJob:
    return ExecutionJob(key="stdio", program=f"{head}\n{body}\nprint(3)\n", tests=STDIO, limits=Limits(seconds=seconds))


def outcomes(executor: Executor, body: str, seconds: float, head: str = "") -> list[Outcome]:
    jobs = [function(body, seconds, head), script(body, seconds, head)]
    return [result.outcome for result in executor.run(jobs)]


def computed_too_long(outcome: Outcome, seconds: float) -> bool:
    """Whether the limit ended a program; or else the clock, before it was given so much time on a busy machine."""
    if outcome.kind is OutcomeKind.TIMEOUT and "of processor time" in outcome.reason:
        return outcome.seconds > 0.8 * seconds
    return outcome.kind is OutcomeKind.TIMEOUT and outcome.seconds < seconds + MORE_BETWEEN_TWO_LOOKS


def spin() -> None:
    while True:
        pass


@pytest.fixture(scope="module")
def jail() -> Iterator[Executor]:
    with SandboxExecutor(workers=2) as made:
        yield made


@pytest.fixture
def busy_machine() -> Iterator[None]:
    processes = [multiprocessing.get_context("fork").Process(target=spin, daemon=True) for _ in range(2)]
    for process in processes:
        process.start()
    yield
    for process in processes:
        process.kill()
        process.join()


@pytest.mark.usefixtures("busy_machine")
def test_samples_that_share_a_processor_have_their_whole_time() -> None:
    """On a machine too busy for that before the clock ends them, they have it under a limit with a longer clock."""
    waiting = {*range(4)}
    with SandboxExecutor(workers=4) as crowded:
        for seconds in (1.0, 10.0, 100.0):
            make = [function("compute(0.35)", seconds, COMPUTE), script("compute(0.35)", seconds, COMPUTE)]
            jobs = [make[number % 2].model_copy(update={"key": str(number)}) for number in waiting]
            found = {int(result.key): result.outcome for result in crowded.run(jobs)}
            waiting = {number for number, outcome in found.items() if outcome.reason == still_there(seconds)}
            assert all(found[number].passed for number in found.keys() - waiting), found
            if not waiting:
                return
    pytest.fail(f"the clock ended {len(waiting)} of 4 samples under every limit")


def test_seconds_are_processor_time(executor: Executor) -> None:
    for outcome in outcomes(executor, "compute(0.3)\ntime.sleep(0.5)", 20.0, COMPUTE):
        assert outcome.passed
        assert outcome.seconds > 0.25


def test_a_program_may_sleep_longer_than_it_may_compute(executor: Executor) -> None:
    assert [one.passed for one in outcomes(executor, "time.sleep(1.0)", 0.5, COMPUTE)] == [True, True]


def test_a_program_that_only_sleeps_is_ended(executor: Executor) -> None:
    for outcome in outcomes(executor, "time.sleep(600)", 0.2, COMPUTE):
        assert outcome.kind is OutcomeKind.TIMEOUT
        assert outcome.reason.endswith("not done after 4.8 s, of which it may compute for 0.2 s")


@pytest.mark.parametrize(
    "body",
    [
        "compute(600)",
        "threads = [threading.Thread(target=compute, args=(600,)) for _ in range(2)]\n"
        "[thread.start() for thread in threads]\n[thread.join() for thread in threads]",
        "if os.fork() == 0:\n    compute(600)\nos.wait()",
        "for _ in range(600):\n    if os.fork() == 0:\n        compute(0.05)\n        os._exit(0)\n    os.wait()",
        "subprocess.run([sys.executable, '-c', 'while True: pass'])",
        "signal.signal(signal.SIGALRM, print)\nsignal.setitimer(signal.ITIMER_REAL, 0.1, 0.1)\ncompute(600)",
        "signal.signal(signal.SIGXCPU, signal.SIG_IGN)\ncompute(600)",
        "signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))\ncompute(600)",
    ],
    ids=["alone", "threads", "child", "children one by one", "another interpreter", "timer", "ignored", "blocked"],
)
def test_a_program_that_computes_is_ended(executor: Executor, body: str) -> None:
    head = "import os, signal, subprocess, sys, threading\n" + COMPUTE
    for outcome in outcomes(executor, body, LIMIT, head):
        assert computed_too_long(outcome, LIMIT), outcome


def test_a_program_that_is_done_too_late_has_not_passed(executor: Executor) -> None:
    """Even where it ends between two looks at its processor time."""
    for outcome in outcomes(executor, "compute(0.13)", 0.1, COMPUTE):
        assert outcome.kind is OutcomeKind.TIMEOUT


def test_the_time_of_the_tests_is_not_the_programs(executor: Executor) -> None:
    code = """
import time

def check(candidate):
    for number in range(10):
        until = time.process_time() + 0.08
        while time.process_time() < until:
            pass
        assert candidate(number, 1) == number + 1
"""
    job = function("pass", 0.5).model_copy(update={"tests": CheckTests(code=code), "entry_point": "add"})
    (result,) = executor.run([job])
    assert (result.outcome.kind, result.outcome.reason) == (OutcomeKind.PASSED, "")
    assert result.outcome.seconds < 0.5


def test_after_a_failure_a_second_is_left(executor: Executor) -> None:
    tests = AssertTests(statements=("assert add(0, 0) == 1", "assert add(1, 1) == 2", "assert add(2, 2) == 4"))
    body = "if a == 1:\n    time.sleep(0.3)\nif a == 2:\n    compute(600)"
    began = time.process_time()
    (result,) = executor.run([function(body, 30.0, COMPUTE).model_copy(update={"tests": tests})])
    assert (result.outcome.kind, result.outcome.cases) == (OutcomeKind.FAILED, "FP?")
    assert result.outcome.seconds < 20.0
    assert time.process_time() - began < 20.0


def test_after_a_wrong_run_a_second_is_left(executor: Executor) -> None:
    cases = tuple(StdioCase(stdin=str(number), stdout="3") for number in range(9))
    program = COMPUTE + "number = int(input())\nif number > 2:\n    compute(600)\nprint(number and 3)\n"
    tests = StdioTests(cases=cases)
    (result,) = executor.run([ExecutionJob(key="one", program=program, tests=tests, limits=Limits(seconds=30.0))])
    assert (result.outcome.kind, result.outcome.cases) == (OutcomeKind.FAILED, "FPPF?????")
    assert result.outcome.seconds < 20.0


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("time.sleep(0.3)", OutcomeKind.PASSED),
        ("compute(0.3)", OutcomeKind.PASSED),
        ("compute(600)", OutcomeKind.TIMEOUT),
        ("os._exit(3)", OutcomeKind.FAILED),
    ],
)
def test_a_script_may_close_its_output_before_it_ends(executor: Executor, body: str, kind: OutcomeKind) -> None:
    program = f"import os, sys\n{COMPUTE}print(3, flush=True)\nos.close(1)\nsys.stdout = None\n{body}\n"
    (result,) = executor.run([ExecutionJob(key="one", program=program, tests=STDIO, limits=Limits(seconds=1.0))])
    assert result.outcome.kind is kind, result.outcome


ORPHAN = (
    "if os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n        compute(600)\n    os._exit(0)\nos.wait()\n"
)


@pytest.mark.parametrize(
    "body",
    [
        ORPHAN + "time.sleep(600)",
        "signal.signal(signal.SIGCHLD, signal.SIG_IGN)\n" + ORPHAN + "time.sleep(600)",
        "signal.signal(signal.SIGCHLD, signal.SIG_IGN)\nwhile True:\n    if os.fork() == 0:\n        compute(0.2)\n"
        "        os._exit(0)\n    time.sleep(0.2)",
        "os.execv(sys.executable, [sys.executable, '-c', 'while True: pass'])",
    ],
    ids=["orphan", "unwaited orphan", "unwaited children", "exec"],
)
def test_nothing_hides_processor_time_in_the_jail(body: str, jail: Executor) -> None:
    head = "import os, signal, sys\n" + COMPUTE.replace("process_time()", "thread_time()")
    for outcome in outcomes(jail, body.replace("os.wait()\n", "time.sleep(0.05)\n"), LIMIT, head):
        assert computed_too_long(outcome, LIMIT), outcome
