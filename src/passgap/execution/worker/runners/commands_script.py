"""Programs that a script tests, in an environment: which calls passed is read from what the driver signed.

The script and the program share a process, so that a program could change what tests it. The price of a forgery is
raised, and no more: an exit proves nothing, and results are signed with a key that the driver alone was given.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, field
from typing import Any

from ..processes.artefact import artefact_of
from ..processes.commands import Commands
from ..processes.deadline import clock_seconds
from ..processes.process_end import PROCESSOR, why_again
from ..processes.sample_result import SampleResult
from ..styles.case_results import CaseResults
from ..styles.failure_text import shown
from ..styles.signed_reports import PASSED, fault_of_driver, signed_results
from ..styles.stdio_runs import how_run_ended, last_words
from .base import COMMANDS, TESTS_INSIDE, Runner

REPORT_BYTES = 1 << 20


@dataclass
class ScriptPlan:
    """The code of the tests, and the statements that are the tests."""

    code: str
    calls: list[str]
    imported: frozenset[str] = field(default=frozenset())


class ScriptRunner(Runner[ScriptPlan, Commands]):
    """Starts the environment's interpreter with the tests and the program, and reads what its driver reports."""

    name = "commands-script"
    toolchain = COMMANDS
    styles = frozenset({"script"})
    protocol = TESTS_INSIDE

    def plan(self, tests: dict[str, Any], entry_point: str | None) -> ScriptPlan:
        """Read the tests."""
        return ScriptPlan(tests["code"], tests["calls"])

    def run(self, place: Commands, plan: ScriptPlan, job: dict[str, Any]) -> SampleResult:
        """Run the tests on the program."""
        key = secrets.token_hex(16).encode("ascii")
        given = {"code": plan.code, "calls": plan.calls, "program": job["program"]}
        limits = job["limits"]
        with artefact_of({**job["files"], "solution.py": job["program"]}) as artefact:
            run = place.run(
                artefact,
                key + b"\n" + json.dumps(given).encode("ascii"),
                output_bytes=limits["output_bytes"],
                seconds=limits["seconds"],
                clock=clock_seconds(limits["seconds"]),
                answers=REPORT_BYTES,
            )
        result = SampleResult(job["job"], "failed", "", run.exit.seconds, peak=run.exit.peak)
        if (fault := fault_of_driver(run.answers, key)) is not None:
            said = last_words(run, how_run_ended(run, limits["seconds"], place.ran_out_of_memory)[1])
            result.kind, result.reason = "unscored", f"the tests cannot be run in the environment: {fault}; {said}"
            return result
        results = CaseResults(len(plan.calls), None)
        signed = signed_results(run.answers, key)
        for name, outcome, reason in signed.results if signed is not None else ():
            if outcome == PASSED:
                results.passed(int(name))
            else:
                results.failed(int(name), shown(reason))
        result.cases = results.cases
        if results.all_passed:
            result.kind = "passed"
            return result
        kind, ending = how_run_ended(run, limits["seconds"], place.ran_out_of_memory)
        if results.reason is not None and kind in (None, "failed"):
            result.reason = results.reason
            return result
        result.kind, result.reason = kind or "failed", last_words(run, ending) or "the tests did not run to their end"
        result.again = why_again(run.exit) or (PROCESSOR if run.held_up else "")
        return result


RUNNER = ScriptRunner()
