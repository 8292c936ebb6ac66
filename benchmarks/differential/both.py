"""Judge jobs twice, by the sandbox and by plain CPython, and set the verdicts side by side."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from differential.plain import PlainPython, Verdict
from passgap.execution import SandboxExecutor
from passgap.records import ExecutionJob


@dataclass(frozen=True)
class Pair:
    """One sample's two verdicts."""

    job: ExecutionJob
    sandbox: Verdict
    plain: Verdict

    @property
    def agree(self) -> bool:
        """Whether both say that it passes, or both that it does not."""
        return self.sandbox.passed == self.plain.passed


def judge_both(jobs: Iterable[ExecutionJob], workers: int) -> Iterator[Pair]:
    """Yield a pair a job, in their order: first all of plain CPython's verdicts are found, then the sandbox's."""
    jobs = list(jobs)
    with PlainPython(workers) as python:
        plain = list(python.run(jobs))
    with SandboxExecutor(workers) as executor:
        outcomes = [result.outcome for result in executor.run(jobs, ordered=True)]
    for job, outcome, verdict in zip(jobs, outcomes, plain, strict=True):
        yield Pair(job, Verdict(outcome.kind.value, outcome.reason), verdict)
