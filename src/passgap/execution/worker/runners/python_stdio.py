"""Python programs that read standard input and print: one run per case, whose output is compared outside the jail."""

from __future__ import annotations

import functools
from typing import Any

from ..inside.script import OUT_OF_MEMORY_STATUS
from ..processes.jail import Jail
from ..processes.sample_result import SampleResult
from ..processes.stdio_run import StdioRun, run_stdio
from ..styles.stdio import StdioPlan
from ..styles.stdio_runs import judge_runs
from .base import INTERPRETER, OUTPUT_OUTSIDE, Runner, header_of


class StdioRunner(Runner[StdioPlan, Jail]):
    """Runs a program as ``python solution.py`` would, once for each input."""

    name = "python-stdio"
    toolchain = INTERPRETER
    styles = frozenset({"stdio"})
    protocol = OUTPUT_OUTSIDE
    limits_each_case = True

    def plan(self, tests: dict[str, Any], entry_point: str | None) -> StdioPlan:
        """Read the inputs and the expected outputs."""
        return StdioPlan(tests)

    def run(self, place: Jail, plan: StdioPlan, job: dict[str, Any]) -> SampleResult:
        """Run a program on each input, each within the limits; once one is wrong, the rest share a second."""
        run_once = functools.partial(run_stdio, place, header_of(job, "stdio", plan.prelude))
        return judge_runs(job, plan, run_once, ran_out_of_memory)


def ran_out_of_memory(run: StdioRun) -> str:
    """Say that a run reached its memory limit, if it says so by its status."""
    return "MemoryError" if run.exit.status == OUT_OF_MEMORY_STATUS else ""


RUNNER = StdioRunner()
