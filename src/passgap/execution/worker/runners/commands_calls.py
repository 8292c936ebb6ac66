"""Functions in any language that has commands: their answers are written down in the jail, and compared outside it.

The expected values of a problem are computed once by each judge, by a program that holds no sample, in a process and an
artefact of its own. A program of a sample is given the arguments, and what it writes to a certain descriptor is read as
answers: it may write what it likes, but it never sees what is expected of it.
"""

from __future__ import annotations

import hashlib
import json
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from ..processes.artefact import Artefact
from ..processes.commands import Commands
from ..processes.deadline import clock_seconds
from ..processes.process_end import PROCESSOR, why_again
from ..processes.sample_result import SampleResult
from ..processes.stdio_run import StdioRun
from ..styles.agreement import agrees, readable, written
from ..styles.answers import ANSWERS_BYTES, Answer, BadAnswers, answers_in
from ..styles.case_results import FAILED, CaseResults
from ..styles.failure_text import shown
from ..styles.stdio_runs import how_run_ended
from ..styles.unusable import TestsUnusable
from .base import COMMANDS, VALUES_OUTSIDE, Runner

EXPECTATIONS_KEPT = 4096
ANSWERS = 3
"""The descriptor that nothing but answers is written to."""
NOT_REACHED = "the program ended before it answered all calls"


@dataclass
class CallsPlan:
    """Calls, and the program that computes what is expected of them."""

    expectation: dict[str, Any]
    tolerances: list[float]
    rules: frozenset[str]
    descriptor: int
    """The descriptor that the program writes answers to."""
    expected: list[Answer] | None = None
    imported: frozenset[str] = field(default=frozenset())


_expected: OrderedDict[str, list[Answer]] = OrderedDict()
"""Expected values by the digest of the program that computed them."""


class CallsRunner(Runner[CallsPlan, Commands]):
    """Makes all calls in one process."""

    name = "commands-calls"
    toolchain = COMMANDS
    styles = frozenset({"calls"})
    protocol = VALUES_OUTSIDE

    def plan(self, tests: dict[str, Any], entry_point: str | None) -> CallsPlan:
        """Read the tests, which come with the program that computes what is expected."""
        tolerances = [case["abs_tol"] for case in tests["cases"]]
        return CallsPlan(tests["expectation"], tolerances, frozenset(tests["rules"]), tests["descriptor"])

    def run(self, place: Commands, plan: CallsPlan, job: dict[str, Any]) -> SampleResult:
        """Compute what is expected, unless that is known; make the calls, and compare."""
        try:
            expected = expected_values(place, plan)
        except Interrupted as interrupted:
            return SampleResult(job["job"], "unscored", str(interrupted), 0.0, again=interrupted.again)
        except TestsUnusable as error:
            return SampleResult(job["job"], "unscored", str(error), 0.0)
        result, run = run_program(place, job, b"", plan.descriptor)
        if run is None:
            return result
        results = CaseResults(len(expected), None)
        answers = answers_of(run, plan.descriptor, results, "calls", [each.longest for each in expected])
        for case, (answer, wanted) in enumerate(zip(answers, expected, strict=False)):
            if answer.raised:
                results.failed(case, f"raised {shown(answer.value)}")
            elif agrees(answer.value, wanted.value, plan.tolerances[case], plan.rules):
                results.passed(case)
            else:
                results.failed(case, f"expected {shown(readable(wanted.value))}, got {shown(readable(answer.value))}")
        settle(result, results, answers, run, place, job)
        if len(answers) == len(expected):
            values = [["!"] if each.raised else written(each.value) for each in answers]
            text = json.dumps(values, ensure_ascii=True)
            result.behaviour = hashlib.sha256(text.encode("ascii", "replace")).hexdigest()
        return result


RUNNER = CallsRunner()


class Interrupted(Exception):
    """Computing what is expected was interrupted by something that is no fault of the tests."""

    def __init__(self, reason: str, again: str) -> None:
        super().__init__(reason)
        self.again = again


def expected_values(place: Commands, plan: CallsPlan) -> list[Answer]:
    """Return what is expected of each call, computed at most once.

    Raises:
        TestsUnusable: it cannot be computed.
        Interrupted: it could not be computed this time.
    """
    if plan.expected is None:
        text = json.dumps(plan.expectation, sort_keys=True)
        digest = hashlib.sha256(text.encode("ascii")).hexdigest()
        if digest not in _expected:
            _expected[digest] = compute_expected(place, plan)
            while len(_expected) > EXPECTATIONS_KEPT:
                _expected.popitem(last=False)
        plan.expected = _expected[digest]
    return plan.expected


def compute_expected(place: Commands, plan: CallsPlan) -> list[Answer]:
    """Build and run the program that computes what is expected."""
    toolchain, seconds = plan.expectation["toolchain"], plan.expectation["limits"]["seconds"]
    alone = place.apart("expected values", toolchain, plan.expectation["limits"])
    built = alone.build({**plan.expectation["files"], toolchain["file"]: plan.expectation["program"]})
    if built.artefact is None:
        if built.again or built.kind == "unscored":
            raise Interrupted(built.reason, built.again)
        raise TestsUnusable(f"the tests themselves fail: {built.reason}")
    with built.artefact as artefact:
        run = run_once(alone, artefact, b"", plan.expectation["limits"], plan.descriptor)
    again = why_again(run.exit) or (PROCESSOR if run.held_up else "")
    if again:
        raise Interrupted("computing what the tests expect was interrupted", again)
    try:
        expected = answers_in(answered(run, plan.descriptor), len(plan.tolerances))
    except BadAnswers as error:
        raise TestsUnusable(f"what the tests expect cannot be read: {error}") from None
    for number, each in enumerate(expected, start=1):
        if each.raised:
            raise TestsUnusable(f"the tests themselves fail: the value expected by test {number} raises {each.value}")
    if len(expected) < len(plan.tolerances):
        reason = how_run_ended(run, seconds, alone.ran_out_of_memory)[1] or "it ends too early"
        raise TestsUnusable(f"the tests themselves fail: what they expect cannot be computed: {reason}")
    return expected


def run_once(place: Commands, artefact: Artefact, stdin: bytes, limits: dict[str, Any], descriptor: int) -> StdioRun:
    """Run what was built, and keep what it writes to the descriptor of its answers."""
    own = descriptor == ANSWERS
    return place.run(
        artefact,
        stdin,
        output_bytes=limits["output_bytes"] if own else ANSWERS_BYTES,
        seconds=limits["seconds"],
        clock=clock_seconds(limits["seconds"]),
        answers=ANSWERS_BYTES if own else 0,
    )


def answered(run: StdioRun, descriptor: int) -> bytes:
    """Return what a run wrote to the descriptor of its answers."""
    return run.answers if descriptor == ANSWERS else run.output


def answers_of(
    run: StdioRun, descriptor: int, results: CaseResults, writer: str, longest: Sequence[int]
) -> list[Answer]:
    """Read the answers that a run gave, in the order of the cases; the first case fails if they cannot be read."""
    try:
        return answers_in(answered(run, descriptor), len(results.cases), longest)
    except BadAnswers as error:
        results.failed(0, f"the program's answers are not what the {writer} write: {error}")
        return []


def run_program(
    place: Commands, job: dict[str, Any], stdin: bytes, descriptor: int
) -> tuple[SampleResult, StdioRun | None]:
    """Build and run a sample's program; without a run, it was not built, and the result is final."""
    built = place.build(place.sources(job))
    result = built.as_result(job["job"])
    if built.artefact is None:
        return result, None
    with built.artefact as artefact:
        run = run_once(place, artefact, stdin, job["limits"], descriptor)
    result.seconds += run.exit.seconds
    result.peak = run.exit.peak
    return result, run


def settle(
    result: SampleResult,
    results: CaseResults,
    answers: Sequence[Answer],
    run: StdioRun,
    place: Commands,
    job: dict[str, Any],
) -> None:
    """Set the result by the cases and, where some were not reached, by how the process ended."""
    result.cases = results.cases
    if results.all_passed:
        result.kind, result.reason = "passed", ""
    elif results.reason is not None:
        short = lacked_memory(results, answers, run, place)
        result.kind = "out-of-memory" if short else "failed"
        result.reason = f"{results.reason}; {short}" if short else results.reason
    else:
        kind, reason = how_run_ended(run, job["limits"]["seconds"], place.ran_out_of_memory)
        if kind is None and (short := lacked_memory(results, answers, run, place)):
            kind, reason = "out-of-memory", short
        result.kind, result.reason = kind or "failed", reason or NOT_REACHED
        result.again = why_again(run.exit) or (PROCESSOR if run.held_up else "")


def lacked_memory(results: CaseResults, answers: Sequence[Answer], run: StdioRun, place: Commands) -> str:
    """Say that a run answered wrongly or too little for want of memory: it raised that, or a process of it said so."""
    first = results.cases.find(FAILED)
    if 0 <= first < len(answers) and answers[first].raised:
        return place.says_out_of_memory(str(answers[first].value))
    return place.says_out_of_memory(run.errors.decode("utf-8", "replace"))
