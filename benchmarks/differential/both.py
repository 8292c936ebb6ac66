"""Judge jobs twice, by the sandbox and by plain CPython, and set the verdicts side by side."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from types import TracebackType
from typing import Self

from differential.plain import PlainPython, Verdict
from passgap.execution import SandboxExecutor
from passgap.records import ExecutionJob

SHARE = 600
"""Jobs that one side judges before the other does: neither is timed while the other works."""
PATIENCE = 10
"""Times the limit that a pair gets in a second try, where its two verdicts differ and one is a timeout."""


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


class Both:
    """A sandbox and a plain CPython, with as many workers each."""

    def __init__(self, workers: int) -> None:
        self._python = PlainPython(workers)
        self._sandbox = SandboxExecutor(workers)

    def judge(self, jobs: Iterable[ExecutionJob]) -> Iterator[Pair]:
        """Yield a pair a job, in their order. A timeout on one side only is tried again with a longer limit."""
        jobs = iter(jobs)
        while share := list(islice(jobs, SHARE)):
            pairs = self._once(share)
            late = {
                pair.job.key for pair in pairs if not pair.agree and "timeout" in (pair.sandbox.kind, pair.plain.kind)
            }
            again = {pair.job.key: pair for pair in self._once([patient(job) for job in share if job.key in late])}
            yield from (again.get(pair.job.key, pair) for pair in pairs)

    def _once(self, jobs: list[ExecutionJob]) -> list[Pair]:
        plain = list(self._python.run(jobs))
        outcomes = [result.outcome for result in self._sandbox.run(jobs, ordered=True)]
        return [
            Pair(job, Verdict(outcome.kind.value, outcome.reason), verdict)
            for job, outcome, verdict in zip(jobs, outcomes, plain, strict=True)
        ]

    def __enter__(self) -> Self:
        self._python.__enter__()
        self._sandbox.__enter__()
        return self

    def __exit__(self, *exception: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._sandbox.__exit__(*exception)
        self._python.__exit__(*exception)


def patient(job: ExecutionJob) -> ExecutionJob:
    """The job with a longer time limit."""
    limits = job.limits.model_copy(update={"seconds": job.limits.seconds * PATIENCE})
    return job.model_copy(update={"limits": limits})
