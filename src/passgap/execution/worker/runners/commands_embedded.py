"""Tests that could not be split, run in the program's own process: their results are asked for by a nonce.

The price of a forgery is raised, and no more: an exit is no success, every test has to be reported, and a report that
was prepared without the nonce is none. A program can read the nonce as the tests do, while it is loaded or while they
run, and can reach whatever its language lets it reach.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import Any

from ..processes.commands import Commands
from ..processes.sample_result import SampleResult
from ..styles.answers import SHORT_BYTES
from ..styles.case_results import CaseResults
from ..styles.failure_text import shown
from .base import COMMANDS, TESTS_INSIDE, Runner
from .commands_calls import answers_of, run_program, settle


@dataclass
class EmbeddedPlan:
    """The number of tests, and the descriptor that their results are written to."""

    cases: int
    descriptor: int
    imported: frozenset[str] = field(default=frozenset())


class EmbeddedRunner(Runner[EmbeddedPlan, Commands]):
    """Runs the tests below the program, and takes a test as passed if it was reported with the nonce."""

    name = "commands-embedded"
    toolchain = COMMANDS
    styles = frozenset({"embedded"})
    protocol = TESTS_INSIDE

    def plan(self, tests: dict[str, Any], entry_point: str | None) -> EmbeddedPlan:
        """Count the tests."""
        return EmbeddedPlan(len(tests["calls"]), tests["descriptor"])

    def run(self, place: Commands, plan: EmbeddedPlan, job: dict[str, Any]) -> SampleResult:
        """Run a program with its tests, and read which of them held."""
        nonce = secrets.token_hex(16)
        alone = place.apart("tests inside", place.toolchain, place.limits)
        result, run = run_program(alone, job, f"{nonce}\n".encode("ascii"), plan.descriptor)
        if run is None:
            return result
        results = CaseResults(plan.cases, None)
        answers = answers_of(run, plan.descriptor, results, "tests", [SHORT_BYTES] * plan.cases)
        for case, answer in enumerate(answers):
            if not answer.raised and answer.value == nonce:
                results.passed(case)
            else:
                results.failed(case, f"raised {shown(answer.value)}" if answer.raised else "the report is forged")
        settle(result, results, answers, run, place, job)
        return result


RUNNER = EmbeddedRunner()
