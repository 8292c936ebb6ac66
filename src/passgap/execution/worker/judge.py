"""The judge: takes jobs from the pool one by one, has each program asked in the jail, and decides outside it."""

from __future__ import annotations

import contextlib
import json
import os
import re
import resource
import select
import signal
import socket
import sys
import threading
from collections import deque
from collections.abc import Iterator
from typing import Any

from . import kernel
from .current_job import CurrentJob
from .exchange.frames import REQUEST_BYTES, Frames, from_json, pack
from .processes.deadline import Deadline
from .processes.jail import Jail, JailLost
from .processes.process_tree import CORES
from .processes.watch import Watch
from .runners.python_stdio import judge_stdio
from .runners.sample_result import PROCESSOR, SampleResult, how_it_ended, not_done, still_there, why_again
from .session.dataclass_functions import looking_inside
from .session.evaluating import evaluating_in_jail
from .session.session import Foresight, Session
from .stops import BadAnswer, DeadlineReached, Diverged, OutOfMemory, ProgramGone
from .styles import blame, plan_for
from .styles.case_results import CaseResults
from .styles.failure_text import describe
from .styles.plan import Plan
from .styles.program_module import no_half_imports
from .styles.stdio import StdioPlan
from .styles.tests_namespace import seeding_both
from .styles.unusable import TestsUnusable

JUDGE_BYTES = 4 << 30
"""The judge's own address space: a bound on what an answer can make it hold."""
INTEGER_DIGITS = 100_000
"""The longest integer that tests may write as text, which takes time that grows with its square."""
OOM_SCORE = 500
"""Where the machine's memory runs out: after every program, and before the process that holds the study."""
NATURAL_END_SECONDS = 0.5
"""How long a process that hung up has to finish dying, so that its own status is seen."""
FORESEEN_CALLS = 20_000
"""The most calls of a problem that are kept to be made at once."""
NUMPY = "numpy"


class Judge:
    """Serves one pool through ``channel``."""

    def __init__(self, channel: socket.socket) -> None:
        self._channel = channel
        self._frames = Frames(channel.recv, REQUEST_BYTES)
        config = self._frames.read()
        assert config is not None
        self._config: dict[str, Any] = json.loads(config)
        names = [re.escape(name.removesuffix(".py")) for name, _ in self._config["packages"]]
        self._packages = re.compile(rf"\b({'|'.join(names)})\b") if names else None
        self._current_job = CurrentJob(self._config["current_job"])
        self._plans: dict[int, Plan | TestsUnusable] = {}
        self._decided: deque[tuple[Jail, SampleResult]] = deque()
        self._jails: dict[bool, Jail] = {}
        self._watch = Watch()

    def run(self) -> None:
        """Serve until the pool hangs up."""
        try:
            protections = self._jail(False).protections
        except JailLost as error:
            self._channel.sendall(pack({"refused": str(error)}))
            return
        self._channel.sendall(pack({"ready": protections}))
        while True:
            while self._decided and not self._frames.waiting():
                waiting: list[socket.socket | Jail] = [self._channel, self._decided[0][0]]
                if self._channel in select.select(waiting, [], [])[0]:
                    break
                self._publish()
            body = self._frames.read()
            if body is None:
                break
            self._take(from_json(body))
            self._publish()
        for jail in self._jails.values():
            jail.close()

    def _jail(self, with_packages: bool) -> Jail:
        """The jail for a program: installed packages are there only for one that names any of them.

        Their mounts, and numpy imported ahead, would make every other sample dearer.
        """
        if with_packages not in self._jails:
            extra = {"preload": [*self._config["preload"], NUMPY]} if with_packages else {"packages": []}
            self._jails[with_packages] = Jail({**self._config, **extra}, self._watch)
        return self._jails[with_packages]

    def _names_package(self, text: str) -> bool:
        return self._packages is not None and self._packages.search(text) is not None

    def _take(self, job: dict[str, Any]) -> None:
        self._current_job.set(job["job"])
        plan = self._plan(job)
        if isinstance(plan, TestsUnusable):
            self._send(SampleResult(job["job"], "unscored", str(plan), 0.0))
            return
        jail = self._jail(plan.uses_package or self._names_package(job["program"]))
        if isinstance(plan, StdioPlan):
            self._send(judge_stdio(jail, plan, job, header_of(job, "stdio", plan)))
        else:
            self._decided.append((jail, self._ask(jail, plan, job)))

    def _plan(self, job: dict[str, Any]) -> Plan | TestsUnusable:
        """Return the plan for a job's tests, whose text comes with the first job that has them."""
        if "tests" in job:
            if job["forget"]:
                self._plans.clear()
            try:
                plan = plan_for(json.loads(job["tests"]), job["entry_point"])
                plan.uses_package = any(self._names_package(name) for name in plan.imported)
                self._plans[job["plan"]] = plan
            except TestsUnusable as error:
                self._plans[job["plan"]] = error
        return self._plans[job["plan"]]

    def _ask(self, jail: Jail, plan: Plan, job: dict[str, Any]) -> SampleResult:
        try:
            return ask(jail, plan, job, plan.goes_ahead)
        except Diverged:
            plan.diverged += 1
            return ask(jail, plan, job, False)

    def _publish(self) -> None:
        """Send the verdicts of which no process is left, in order."""
        while self._decided:
            jail, result = self._decided[0]
            assert result.process is not None
            if not jail.is_gone(result.process):
                return
            self._decided.popleft()
            ended = jail.exit_of(result.process)
            result.peak, result.seconds = ended.peak, ended.seconds
            if result.gone:
                result.kind, result.reason = how_it_ended(ended)
                result.again = why_again(ended)
            self._send(result)

    def _send(self, result: SampleResult) -> None:
        message = {
            "job": result.job,
            "kind": result.kind,
            "reason": result.reason,
            "seconds": result.seconds,
            "cases": result.cases,
            "behaviour": result.behaviour,
            "peak": result.peak,
            "again": result.again,
        }
        self._channel.sendall(pack(message))


def ask(jail: Jail, plan: Plan, job: dict[str, Any], ahead: bool) -> SampleResult:
    """Run a program in a new process, try every test on it, and end it.

    Args:
        jail: where it runs.
        plan: for its tests.
        job: the pool's message.
        ahead: whether calls are made ahead, as the plan says.

    Raises:
        Diverged: the tests asked for something else than was foreseen, or the answers do not stand alone.
    """
    limits = job["limits"]
    process = jail.take(limits["memory_bytes"], limits["seconds"])
    session = Session(process, plan.foreseeable and plan.foresight is None and not ahead)
    deadline = Deadline(limits["seconds"], lambda seconds: jail.shorten(process, seconds))

    def is_fault_of_tests(error: BaseException) -> bool:
        if session.ended is not None or deadline.reached or session.raised(error):
            return False
        if blame.is_fault_of_tests(error, session.used, plan.names, plan.missing, plan.texts):
            return True
        return plan.independence is not None and blame.shows_where_it_arose(error) and plan.independence.holds(error)

    batch = plan.batch if ahead else None
    results = CaseResults(plan.cases, deadline, is_fault_of_tests)
    result = SampleResult(job["job"], "failed", "", 0.0, process=process)
    error: BaseException | None = None
    try:
        with deadline, reaching_program(session, plan):
            session.start(
                header_of(job, "values", plan) | ({"names": ()} if batch is not None else {}),
                batch,
                plan.foresight if ahead else None,
                plan.isolated,
                plan.sharing,
            )
            plan.judge(session, results)
    except BaseException as raised:  # noqa: BLE001 - the program's own, or that of tests it does not fit
        error = raised
    error = session.ended or error
    if isinstance(error, Diverged):
        jail.end(process)
        jail.exit_of(process)
        raise error
    error = fault_before_use(session, deadline) or error
    unusable = isinstance(error, TestsUnusable) or (
        error is not None and not deadline.reached and is_fault_of_tests(error)
    )
    if unusable:
        result.kind, result.reason = "unscored", describe_unusable(error)
    elif error is not None:
        settle(result, error)
    elif results.all_passed:
        result.kind = "passed"
    if unusable:
        pass
    elif results.reason is not None:
        result.kind, result.reason, result.gone = "failed", results.reason, False
    elif deadline.reached:
        result.kind, result.reason, result.gone = "timeout", still_there(limits["seconds"]), False
        result.again = PROCESSOR if jail.was_held_up(process, deadline.seconds, deadline.own) else ""
    elif deadline.seconds * CORES > limits["seconds"] and jail.is_late(process):
        result.kind, result.reason, result.gone = "timeout", not_done(limits["seconds"]), False
    if result.kind == "passed" and plan.foreseeable and plan.foresight is None and not ahead:
        calls = session.calls or []
        plan.foresight = Foresight(calls) if 0 < len(calls) <= FORESEEN_CALLS else None
    result.cases, result.behaviour = results.cases, session.behaviour
    jail.end(process, NATURAL_END_SECONDS if result.gone else 0.0)
    return result


@contextlib.contextmanager
def reaching_program(session: Session, plan: Plan) -> Iterator[None]:
    """Let functions of the library that tests call reach a program's objects and state, which are in the jail."""
    with (
        no_half_imports(),
        seeding_both(session),
        looking_inside(session),
        evaluating_in_jail(session, plan.texts),
    ):
        yield


def fault_before_use(session: Session, deadline: Deadline) -> TestsUnusable | None:
    """The fault of tests whose time was up before they had used anything of the program."""
    if session.loaded and deadline.reached and not session.used:
        return TestsUnusable(f"the tests themselves were not done after {deadline.seconds:.0f} s")
    return None


def settle(result: SampleResult, error: BaseException) -> None:
    """Let what ended a sample decide its result."""
    if isinstance(error, ProgramGone):
        result.gone = True
    elif isinstance(error, OutOfMemory):
        result.kind, result.reason = "out-of-memory", "MemoryError"
    elif isinstance(error, BadAnswer):
        result.reason = describe(f"the program's process sent what is no answer: {error}")
    elif isinstance(error, MemoryError):
        result.reason = "the program's answer is too large to be compared"
    elif not isinstance(error, DeadlineReached):
        result.reason = describe(error)


def describe_unusable(error: BaseException | None) -> str:
    """Say what is wrong with tests."""
    if isinstance(error, TestsUnusable):
        return str(error)
    return f"the tests themselves fail: {describe(error or '')}"


def header_of(job: dict[str, Any], mode: str, plan: Plan) -> dict[str, Any]:
    """Return the header that tells the jail about a program: never a test."""
    limits = job["limits"]
    return {
        "mode": mode,
        "program": job["program"],
        "shared": plan.imports,
        "names": plan.names,
        "memory": limits["memory_bytes"],
        "processes": limits["processes"],
        "file_bytes": limits["file_bytes"],
        "seconds": limits["seconds"],
    }


def leave_with_pool(descriptor: int) -> None:
    """End this process when the pool's end of a pipe is closed, whatever the main thread is doing."""

    def wait() -> None:
        with contextlib.suppress(OSError):
            os.read(descriptor, 1)
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()


def main(descriptor: int) -> None:
    """Judge for the pool at the other end of ``descriptor``; standard input ends when the pool does."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    kernel.prefer_to_kill(OOM_SCORE)
    leave_with_pool(0)
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    if hard == resource.RLIM_INFINITY:
        resource.setrlimit(resource.RLIMIT_AS, (JUDGE_BYTES, hard))
    sys.set_int_max_str_digits(INTEGER_DIGITS)
    Judge(socket.socket(fileno=descriptor)).run()
    os._exit(0)
