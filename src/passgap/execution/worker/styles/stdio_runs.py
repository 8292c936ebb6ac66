"""Judges a program's runs over standard input and output case by case, until shortly after one is wrong."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Protocol

from ..processes.deadline import AFTER_FAILURE_SECONDS, clock_seconds
from ..processes.process_end import PROCESSOR, how_it_ended, not_done, still_there, why_again
from ..processes.sample_result import SampleResult
from ..processes.stdio_run import StdioRun
from .case_results import CaseResults
from .failure_text import REASON_LENGTH
from .stdio import StdioPlan

RanOut = Callable[[StdioRun], str]
"""Says that a run which ended by itself had reached its memory limit; nothing where it had not."""


class RunOnce(Protocol):
    """Runs the program once."""

    def __call__(self, stdin: str, limit: int, seconds: float, clock: float) -> StdioRun:
        """Run it.

        Args:
            stdin: its standard input.
            limit: the most bytes of output that are kept.
            seconds: the processor time that it may use.
            clock: the time that it may take by the clock, in seconds.
        """
        ...


def judge_runs(job: dict[str, Any], plan: StdioPlan, run_once: RunOnce, ran_out: RanOut) -> SampleResult:
    """Run a program on each input, each within the limits; once one is wrong, the rest share a second.

    Args:
        job: the pool's message.
        plan: of its tests.
        run_once: runs the program.
        ran_out: says so where a run that ended by itself had reached its memory limit.
    """
    limits = job["limits"]
    results = CaseResults(plan.cases, None)
    seconds, clock = limits["seconds"], clock_seconds(limits["seconds"])
    result = SampleResult(job["job"], "passed", "", 0.0)
    for case, stdin in enumerate(plan.inputs):
        began = time.monotonic()
        run = run_once(stdin, max(limits["output_bytes"], plan.room(case)), seconds, clock)
        result.seconds += run.exit.seconds
        result.peak = max(result.peak or 0, run.exit.peak)
        kind, reason = how_run_ended(run, limits["seconds"], ran_out)
        if kind is None:
            reason = plan.mismatch(case, run.output)
        if reason is None and results.reason is None:
            results.passed(case)
            continue
        if results.reason is None:
            result.kind, result.reason = kind or "failed", f"run {case + 1}: {reason}"
            result.again = why_again(run.exit) or (PROCESSOR if run.held_up else "")
            if result.again:
                break
            seconds, clock = min(seconds, AFTER_FAILURE_SECONDS), min(clock, clock_seconds(AFTER_FAILURE_SECONDS))
        else:
            seconds, clock = seconds - run.exit.seconds, clock - (time.monotonic() - began)
        if reason is None:
            results.passed(case)
        elif not run.exit.starved:
            results.failed(case, reason)
        if seconds <= 0 or clock <= 0:
            break
    result.cases = results.cases
    return result


def last_words(run: StdioRun, reason: str | None) -> str | None:
    """The reason why a run did not end well, with the last line of its standard error where it ended by itself."""
    lines = [line.strip() for line in run.errors.decode("utf-8", "replace").splitlines() if line.strip()]
    if reason is None or run.exit.status <= 0 or not lines:
        return reason
    return f"{reason}: {lines[-1]}"[:REASON_LENGTH]


def how_run_ended(run: StdioRun, seconds: float, ran_out: RanOut) -> tuple[str | None, str | None]:
    """Return the outcome and reason of a run that did not end well; (None, None) if its output decides."""
    ended = run.exit
    late, said = ended.late or ended.seconds > seconds, ran_out(run)
    if ended.over or (ended.status < 0 and not ended.killed and not late and not said):
        return how_it_ended(ended)
    for holds, kind, reason in (
        (late, "timeout", not_done(seconds)),
        (run.flooded, "failed", "it printed more than the output limit"),
        (run.timed_out, "timeout", still_there(seconds)),
        (bool(said), "out-of-memory", said),
        (ended.status != 0, "failed", f"exit status {ended.status}"),
    ):
        if holds:
            return kind, reason
    return None, None
