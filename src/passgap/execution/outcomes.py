"""The outcomes of jobs that are not run, and of those that a judge decided."""

from __future__ import annotations

from typing import Any

from passgap.execution.harnessing import unsupported
from passgap.execution.selection import NoRunner, runner_for
from passgap.execution.toolchains import MissingToolchain, toolchain_of
from passgap.execution.worker.runners.base import PROTOCOLS, Runner
from passgap.records import ExecutionJob, Outcome, OutcomeKind, environment_of


def not_run(job: ExecutionJob, isolated: bool) -> Outcome | None:
    """Return the outcome of a job that is not run, for its program's sake or because nothing here can run it.

    Args:
        job: the job.
        isolated: whether programs have a jail, and so a folder of their own.

    Returns:
        None if the job is to be run.
    """
    if (reason := refusal(job)) is not None:
        return Outcome(kind=OutcomeKind.REFUSED, reason=reason, seconds=0.0)
    try:
        toolchain = runner_for(job.language, job.tests.style, environment_of(job.tests)).toolchain
        if toolchain.needs_commands and not isolated:
            raise NoRunner("the commands of a toolchain need the jail, which UnprotectedExecutor does without")
        if toolchain.needs_commands:
            _ = toolchain_of(job).cache
        if (reason := unsupported(job)) is not None:
            raise NoRunner(reason)
    except (NoRunner, MissingToolchain) as missing:
        return Outcome(kind=OutcomeKind.UNSCORED, reason=str(missing), seconds=0.0)
    if job.files and not isolated:
        reason = "files beside a program need the jail, which UnprotectedExecutor does without"
        return Outcome(kind=OutcomeKind.UNSCORED, reason=reason, seconds=0.0)
    return None


def refusal(job: ExecutionJob) -> str | None:
    """Say why a program is refused, or return None."""
    if not job.program.strip():
        return "there is no program"
    size = sum(len(text.encode("utf-8", "surrogatepass")) for text in (job.program, *job.files.values()))
    if size > job.limits.program_bytes:
        return f"the program has {size} bytes, over the limit of {job.limits.program_bytes}"
    return None


def printable(text: str) -> str:
    """Return a program's text without lone surrogates and control characters, for files and terminals."""
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


def outcome_of(message: dict[str, Any], runner: Runner[Any, Any]) -> Outcome:
    """Return the outcome in a judge's message about a job that ``runner`` took."""
    kind = OutcomeKind(message["kind"])
    return Outcome(
        kind=kind,
        reason=printable(message["reason"]),
        seconds=message["seconds"],
        peak_memory_bytes=message["peak"],
        protocol=None if kind is OutcomeKind.UNSCORED else PROTOCOLS[runner.protocol],
        cases=message["cases"],
        behaviour=message["behaviour"],
    )
