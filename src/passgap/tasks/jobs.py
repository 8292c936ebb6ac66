"""The job of running what an answer submits on the tests of its problem."""

from __future__ import annotations

from passgap.records import ExecutionJob, Limits, Problem
from passgap.tasks.answers.extraction import Extraction


def execution_job(key: str, problem: Problem, submitted: Extraction, limits: Limits | None = None) -> ExecutionJob:
    """The job of a submission.

    Args:
        key: by which its result is found.
        problem: whose tests it is run on.
        submitted: the program, with the files beside it.
        limits: of the run; those that the problem states for itself come first.
    """
    return ExecutionJob(
        key=key,
        program=submitted.program,
        tests=problem.tests,
        entry_point=problem.entry_point,
        limits=(limits or Limits()).of_problem(problem.limits),
        language=problem.language,
        files=dict(submitted.files),
    )
