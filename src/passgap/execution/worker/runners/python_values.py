"""Python programs whose functions the tests call: the values that they answer are compared outside the jail."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from ..processes.deadline import Deadline
from ..processes.jail import Jail
from ..processes.process_end import PROCESSOR, how_it_ended, not_done, still_there
from ..processes.process_tree import CORES
from ..processes.sample_result import SampleResult
from ..session.evaluating import evaluating_in_jail
from ..session.foresight import Foresight
from ..session.looking_inside import looking_inside
from ..session.replaced_attributes import kept_settings
from ..session.session import Session
from ..session.working_folder import working_folder
from ..stops import BadAnswer, DeadlineReached, Diverged, OutOfMemory, ProgramGone
from ..styles import PLANS, plan_for
from ..styles.blame import is_fault_of_tests, shows_where_it_arose
from ..styles.case_results import CaseResults
from ..styles.failure_text import describe
from ..styles.program_module import no_half_imports
from ..styles.reference import ReferencePlan
from ..styles.tests_namespace import seeding_both
from ..styles.tests_plan import Plan
from ..styles.unusable import TestsUnusable
from .base import INTERPRETER, VALUES_OUTSIDE, Runner, header_of

NATURAL_END_SECONDS = 0.5
"""Seconds that a process that hung up has to finish, so that its own exit status is seen."""
REFERENCE_SECONDS = 60.0
"""The least processor time that a reference may take for all inputs of its problem."""
FORESEEN_CALLS = 20_000
"""The most calls of a problem that are kept to be made ahead."""


class ValuesRunner(Runner[Plan, Jail]):
    """Runs the tests in the judge, with proxies for what the program defines."""

    name = "python-values"
    toolchain = INTERPRETER
    styles = frozenset(PLANS)
    protocol = VALUES_OUTSIDE

    def plan(self, tests: dict[str, Any], entry_point: str | None) -> Plan:
        """Read the tests, and import what they import."""
        return plan_for(tests, entry_point)

    def run(self, place: Jail, plan: Plan, job: dict[str, Any]) -> SampleResult:
        """Judge a sample, with calls made ahead if the plan says so and the tests then ask for nothing else."""
        if isinstance(plan, ReferencePlan):
            try:
                run_reference(place, plan, job)
            except TestsUnusable as error:
                return SampleResult(job["job"], "unscored", str(error), 0.0)
        try:
            return judge_values(place, plan, job, plan.goes_ahead)
        except Diverged:
            plan.diverged += 1
            return judge_values(place, plan, job, False)


RUNNER = ValuesRunner()


def run_reference(jail: Jail, plan: ReferencePlan, job: dict[str, Any]) -> None:
    """Run the reference whose values are expected, in a process of its own, unless it was run before.

    Raises:
        TestsUnusable: it did not return a value for every input.
    """
    if plan.reference is None:
        return
    recorder = plan.recorder
    limits = {**job["limits"], "seconds": max(REFERENCE_SECONDS, job["limits"]["seconds"])}
    alone = {**job, "program": plan.reference, "files": {}, "limits": limits}
    try:
        result = judge_values(jail, recorder, alone, True)
    except Diverged:
        result = judge_values(jail, recorder, alone, False)
    assert result.process is not None
    ended = jail.exit_of(result.process)
    if result.kind != "passed":
        raise TestsUnusable(f"the reference gives no values: {result.reason or how_it_ended(ended)[1]}")
    plan.expect(recorder.values)


def judge_values(jail: Jail, plan: Plan, job: dict[str, Any], ahead: bool) -> SampleResult:
    """Run a program in a new process, try every test on it, and end it.

    Args:
        jail: makes the process.
        plan: of its tests.
        job: the pool's message.
        ahead: whether calls are made ahead, as the plan says.

    Raises:
        Diverged: the tests asked for something else than was made ahead, or the answers do not stand alone.
    """
    limits = job["limits"]
    process = jail.take(limits["memory_bytes"], limits["seconds"])
    session = Session(process, plan.foreseeable and plan.foresight is None and not ahead)
    deadline = Deadline(limits["seconds"], lambda seconds: jail.shorten(process, seconds))

    def is_theirs(error: BaseException) -> bool:
        """Whether an exception is a fault of the tests."""
        if session.ended is not None or deadline.reached or session.raised(error):
            return False
        if is_fault_of_tests(error, session.used, plan.names, plan.missing, plan.texts, plan.sharing.written):
            return True
        return plan.independence is not None and shows_where_it_arose(error) and plan.independence.holds(error)

    results = CaseResults(plan.cases, deadline, is_theirs)
    error = run_tests(session, plan, results, deadline, job, ahead)
    session.close()
    error = session.ended or error
    if isinstance(error, Diverged):
        jail.end(process)
        jail.exit_of(process)
        raise error
    error = fault_before_use(session, deadline) or error
    result = SampleResult(job["job"], "failed", "", 0.0, process=process)
    if isinstance(error, TestsUnusable) or (error is not None and not deadline.reached and is_theirs(error)):
        result.kind, result.reason = "unscored", describe_unusable(error)
    else:
        settle(result, results, error)
        if results.reason is None:
            settle_time(result, jail, deadline, limits["seconds"])
    if result.kind == "passed" and plan.foreseeable and plan.foresight is None and not ahead:
        calls = session.calls or []
        plan.foresight = Foresight(calls) if 0 < len(calls) <= FORESEEN_CALLS else None
    result.cases, result.behaviour = results.cases, session.behaviour
    jail.end(process, NATURAL_END_SECONDS if result.gone else 0.0)
    return result


def run_tests(
    session: Session, plan: Plan, results: CaseResults, deadline: Deadline, job: dict[str, Any], ahead: bool
) -> BaseException | None:
    """Start the program and try every test; return the exception that ended that early, if any did."""
    batch = plan.batch if ahead else None
    header = {
        **header_of(job, "values", plan.prelude),
        "names": () if batch is not None else plan.names,
        "methods_first": bool(plan.prelude),
        "one_instance": plan.one_instance,
    }
    header["shared"] += plan.imports
    try:
        with deadline, working_folder(session, plan.sharing.files), reaching_program(session, plan):
            session.start(header, batch, plan.foresight if ahead else None, plan.isolated, plan.sharing)
            plan.judge(session, results)
    except BaseException as error:  # noqa: BLE001 - the program's own, or that of tests it does not fit
        return error
    return None


@contextlib.contextmanager
def reaching_program(session: Session, plan: Plan) -> Iterator[None]:
    """Let standard library functions that tests call reach the program's objects and state, which are in the jail."""
    with (
        no_half_imports(),
        seeding_both(session),
        looking_inside(session),
        evaluating_in_jail(session, plan.texts),
        kept_settings(plan.sharing.modules),
    ):
        yield


def fault_before_use(session: Session, deadline: Deadline) -> TestsUnusable | None:
    """Return the fault of tests whose time was up before they had used anything of the program."""
    if session.loaded and deadline.reached and not session.used:
        return TestsUnusable(f"the tests themselves were not done after {deadline.seconds:.0f} s")
    return None


def settle(result: SampleResult, results: CaseResults, error: BaseException | None) -> None:
    """Set the result by the cases and by what ended the sample; the reason of a failed case comes first."""
    if isinstance(error, ProgramGone):
        result.gone = True
    elif isinstance(error, OutOfMemory):
        result.kind, result.reason = "out-of-memory", "MemoryError"
    elif isinstance(error, BadAnswer):
        result.reason = describe(f"the program's process sent something that is not an answer: {error}")
    elif isinstance(error, MemoryError):
        result.reason = "the program's answer is too large to be compared"
    elif error is not None and not isinstance(error, DeadlineReached):
        result.reason = describe(error)
    elif error is None and results.all_passed:
        result.kind = "passed"
    if results.reason is not None:
        result.kind, result.reason, result.gone = "failed", results.reason, False


def settle_time(result: SampleResult, jail: Jail, deadline: Deadline, seconds: float) -> None:
    """Set the result of a sample that took too long, by the clock or of processor time."""
    assert result.process is not None
    if deadline.reached:
        result.kind, result.reason, result.gone = "timeout", still_there(seconds), False
        result.again = PROCESSOR if jail.was_held_up(result.process, deadline.seconds, deadline.own) else ""
    elif deadline.seconds * CORES > seconds and jail.is_late(result.process):
        result.kind, result.reason, result.gone = "timeout", not_done(seconds), False


def describe_unusable(error: BaseException | None) -> str:
    """Say what is wrong with tests."""
    if isinstance(error, TestsUnusable):
        return str(error)
    return f"the tests themselves fail: {describe(error or '')}"
