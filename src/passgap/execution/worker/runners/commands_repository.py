"""Edited repositories whose tests run in the jail: which tests passed is read from what a command prints.

The program shares the process with its tests, and could print what they print. The price of a forgery is raised, and no
more: an exit status alone proves nothing, every test that decides is known here by name and has to be reported, one
that is reported as failed as well has failed, a command that reports no names has to end with a nonce, and what pytest
reports is signed with it.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import Any

from ..processes.commands import Commands
from ..processes.deadline import clock_seconds
from ..processes.process_end import PROCESSOR, why_again
from ..processes.sample_result import SampleResult
from ..processes.stdio_run import StdioRun
from ..styles.case_results import CaseResults
from ..styles.failure_text import shown
from ..styles.kept_files import tree_without
from ..styles.repository_reports import ends_with, results_in
from ..styles.signed_reports import FAILED, PASSED, SKIPPED, fault_of_driver, outcomes_by_name, signed_results
from ..styles.stdio_runs import how_run_ended, last_words
from .base import COMMANDS, TESTS_INSIDE, Runner

BY_STATUS = "exit"
"""The form of a report without names."""
REPORT_BYTES = 32 << 20
SIGNED = "pytest"
"""The form of a report that a driver signs and sends past the output."""


@dataclass
class RepositoryPlan:
    """The files that are laid over the tree, and the tests that decide."""

    files: dict[str, str]
    form: str
    names: list[str]
    may_skip: frozenset[str] = frozenset()
    """The tests that pytest may skip: those that passed before the edit already."""
    left_out: frozenset[str] = frozenset()
    """The files of the repository that are not there unless an edit has them."""
    tree: str | None = None
    """The path of the file that holds the whole repository."""
    imported: frozenset[str] = field(default=frozenset())


class RepositoryRunner(Runner[RepositoryPlan, Commands]):
    """Builds an edited tree with the tests laid over it, and runs its test command."""

    name = "commands-repository"
    toolchain = COMMANDS
    styles = frozenset({"repository"})
    protocol = TESTS_INSIDE

    def plan(self, tests: dict[str, Any], entry_point: str | None) -> RepositoryPlan:
        """Read which tests decide, each once."""
        names = list(dict.fromkeys([*tests["must_pass"], *tests["must_keep"]]))
        may_skip = frozenset(tests["must_keep"]) - frozenset(tests["must_pass"])
        return RepositoryPlan(
            tests["files"], tests["results"], names, may_skip, frozenset(tests["left_out"]), tests.get("tree_path")
        )

    def run(self, place: Commands, plan: RepositoryPlan, job: dict[str, Any]) -> SampleResult:
        """Build and run the tests, and read which of them passed."""
        nonce = secrets.token_hex(16)
        alone = place.apart("repository", place.toolchain, place.limits)
        laid, over = {**job["files"], **plan.files}, {}
        if plan.tree is not None:
            artefact, over = tree_without(plan.tree, {*laid, *plan.left_out}), laid
            result = SampleResult(job["job"], "failed", "", 0.0)
        else:
            built = alone.build(laid)
            result = built.as_result(job["job"])
            if built.artefact is None:
                return result
            artefact = built.artefact
        limits = job["limits"]
        with artefact:
            run = alone.run(
                artefact,
                f"{nonce}\n".encode("ascii"),
                output_bytes=max(limits["output_bytes"], REPORT_BYTES if plan.form == SIGNED else 0),
                seconds=limits["seconds"],
                clock=clock_seconds(limits["seconds"]),
                answers=REPORT_BYTES if plan.form == SIGNED else 0,
                over=over,
            )
        result.seconds += run.exit.seconds
        result.peak = run.exit.peak
        if plan.form == SIGNED and (fault := fault_of_driver(run.answers, nonce.encode("ascii"))) is not None:
            said = last_words(run, how_run_ended(run, limits["seconds"], place.ran_out_of_memory)[1])
            result.kind, result.reason = "unscored", f"pytest cannot be run in the environment: {fault}; {said}"
            return result
        return decided(result, plan, run, nonce, how_run_ended(run, limits["seconds"], place.ran_out_of_memory))


RUNNER = RepositoryRunner()


def decided(
    result: SampleResult,
    plan: RepositoryPlan,
    run: StdioRun,
    nonce: str,
    ended: tuple[str | None, str | None],
) -> SampleResult:
    """Set the result by what a run printed and how it ended."""
    output = run.output.decode("utf-8", "replace")
    stopped = run.timed_out or run.flooded or run.exit.over or run.exit.late or run.exit.full
    results, found = CaseResults(max(1, len(plan.names)), None), "was not reported"
    if plan.form == BY_STATUS:
        if run.exit.status == 0 and ends_with(output, nonce) and not stopped:
            results.passed(0)
    elif plan.form == SIGNED:
        observed = signed_results(run.answers, nonce.encode("ascii"))
        found = found if observed is None else f"{found}: pytest ended with status {observed.status}"
        outcomes = {} if observed is None or stopped else outcomes_by_name(observed)
        for case, name in enumerate(plan.names):
            if outcomes.get(name) == PASSED or (outcomes.get(name) == SKIPPED and name in plan.may_skip):
                results.passed(case)
            elif name in outcomes:
                results.failed(case, f"{shown(name)} {'was skipped' if outcomes[name] == SKIPPED else FAILED}")
    elif not stopped:
        report = results_in(output, plan.form)
        for case, name in enumerate(plan.names):
            if report.get(name):
                results.passed(case)
            elif name in report:
                results.failed(case, f"{shown(name)} failed")
    result.cases = results.cases
    if results.all_passed:
        result.kind, result.reason = "passed", ""
        return result
    if results.reason is not None:
        result.kind, result.reason = "failed", results.reason
        return result
    kind, reason = ended
    lacking = next((name for case, name in zip(results.cases, plan.names, strict=False) if case == "?"), "the end mark")
    result.kind = kind or "failed"
    result.reason = last_words(run, reason) or f"{shown(lacking)} {found}"
    result.again = why_again(run.exit) or (PROCESSOR if run.held_up else "")
    return result
