"""Programs of any toolchain that read standard input and print: built once, run for each case."""

from __future__ import annotations

from typing import Any

from ..processes.commands import Commands
from ..processes.sample_result import SampleResult
from ..processes.stdio_run import StdioRun
from ..styles.stdio import StdioPlan
from ..styles.stdio_runs import judge_runs
from ..styles.unusable import TestsUnusable
from .base import COMMANDS, OUTPUT_OUTSIDE, Runner

QUICK_SECONDS = 0.3
"""The processor time of a run with which a program that was built quickly is built again, optimised."""
FINAL = ("passed", "failed")
"""Outcomes that no other build changes."""


class CommandsStdioRunner(Runner[StdioPlan, Commands]):
    """Builds a program, and runs what was built once for each input."""

    name = "commands-stdio"
    toolchain = COMMANDS
    styles = frozenset({"stdio"})
    protocol = OUTPUT_OUTSIDE
    limits_each_case = True

    def plan(self, tests: dict[str, Any], entry_point: str | None) -> StdioPlan:
        """Read the inputs and the expected outputs."""
        if tests["prelude"]:
            raise TestsUnusable("statements before every program are for Python programs alone")
        return StdioPlan(tests)

    def run(self, place: Commands, plan: StdioPlan, job: dict[str, Any]) -> SampleResult:
        """Build a program and run it on each input, within the limits; once one is wrong, the rest share a second.

        Where a quicker build behaves the same, it is judged first. What its runs give is final, unless one was not done
        soon or did not end by itself: an optimised program may be faster, and need less of the stack.
        """
        spent = 0.0
        if place.toolchain["quick"]:
            soon = {**job["limits"], "seconds": min(QUICK_SECONDS, job["limits"]["seconds"])}
            result = self._judged(place, plan, {**job, "limits": soon}, quick=True)
            if result.kind in FINAL:
                return result
            spent = result.seconds
        result = self._judged(place, plan, job, quick=False)
        result.seconds += spent
        return result

    def _judged(self, place: Commands, plan: StdioPlan, job: dict[str, Any], *, quick: bool) -> SampleResult:
        """Build a program in one way, and judge its runs."""
        built = place.build(place.sources(job), quick=quick)
        if built.artefact is None:
            return built.as_result(job["job"])
        artefact = built.artefact

        def run_once(stdin: str, limit: int, seconds: float, clock: float) -> StdioRun:
            data = stdin.encode("utf-8", "surrogatepass")
            return place.run(artefact, data, output_bytes=limit, seconds=seconds, clock=clock)

        with artefact:
            result = judge_runs(job, plan, run_once, place.ran_out_of_memory)
        result.seconds += built.seconds
        return result


RUNNER = CommandsStdioRunner()
