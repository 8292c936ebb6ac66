"""Puts a program and the calls or tests of its problem together, where these are in the program's own language."""

from __future__ import annotations

from typing import Any

from passgap import kept_trees
from passgap.execution.toolchains import found_toolchain, toolchain_message
from passgap.harnesses import HARNESSES, Unsupported
from passgap.kept_cases import are_kept, kept_cases, missing
from passgap.records import CallTests, EmbeddedTests, ExecutionJob, Limits, PairTests, RepositoryTests, StdioTests

EXPECTED_SECONDS = 20.0
"""The processor time that computing a problem's expected values may take."""


def unsupported(job: ExecutionJob) -> str | None:
    """Say why a job's tests cannot be put around a program, or are not there; None where they can be used."""
    if isinstance(job.tests, StdioTests | PairTests):
        kept = job.tests.kept
        return missing(kept) if kept is not None and not are_kept(kept) else None
    if isinstance(job.tests, RepositoryTests) and job.tests.tree is not None:
        return kept_trees.missing(job.tests.tree)
    if not isinstance(job.tests, CallTests | EmbeddedTests):
        return None
    if job.language not in HARNESSES:
        known = ", ".join(sorted(HARNESSES))
        return f"functions in the language {job.language!r} cannot be called; those in {known} can"
    try:
        _expectation(job)
    except Unsupported as error:
        return str(error)
    return None


def harnessed(job: ExecutionJob) -> ExecutionJob:
    """Return the job of the program that makes a sample's calls, or runs its tests; other jobs as they are."""
    tests = job.tests
    if isinstance(tests, CallTests):
        program = HARNESSES[job.language].candidate(job.program, tests)
    elif isinstance(tests, EmbeddedTests):
        program = HARNESSES[job.language].embedded(job.program, tests)
    else:
        return job
    harness = HARNESSES[job.language]
    return job.model_copy(update={"program": program, "files": {**job.files, **harness.files(program)}})


def tests_message(job: ExecutionJob) -> dict[str, Any]:
    """Return a job's tests as a worker is told about them, with the program that computes what is expected."""
    message: dict[str, Any] = job.tests.model_dump()
    if isinstance(job.tests, StdioTests | PairTests) and job.tests.kept is not None:
        message["cases"] = [*message["cases"], *kept_cases(job.tests.kept)]
    if isinstance(job.tests, RepositoryTests) and job.tests.tree is not None:
        message["tree_path"] = str(kept_trees.tree_path(job.tests.tree).absolute())
    if isinstance(job.tests, CallTests | EmbeddedTests):
        message["descriptor"] = HARNESSES[job.language].descriptor
    if isinstance(job.tests, CallTests):
        program = _expectation(job)
        files = HARNESSES[job.language].files(program)
        limits = Limits(seconds=EXPECTED_SECONDS)
        alone = ExecutionJob(key="", program=program, tests=job.tests, limits=limits, language=job.language)
        message["expectation"] = {
            "program": program,
            "files": files,
            "limits": limits.model_dump(),
            "toolchain": toolchain_message(found_toolchain(job.language), alone),
        }
        message["rules"] = sorted(HARNESSES[job.language].rules)
    return message


def _expectation(job: ExecutionJob) -> str:
    """Return the program that computes what is expected, in which no sample is; empty where nothing is computed."""
    return HARNESSES[job.language].expectation(job.tests) if isinstance(job.tests, CallTests) else ""
