"""The outcomes of samples that are drawn within a fine-tune: scored as those of any other stage are."""

from __future__ import annotations

from collections.abc import Sequence

from passgap.ports import Executor, Rollout
from passgap.records import ExecutionJob, Limits, Outcome, OutcomeKind
from passgap.stages.evaluation import program_of
from passgap.tasks import execution_job


class ProgramScorer:
    """Implements :class:`passgap.ports.Scorer`. Samples of one problem with the same program are run once.

    Args:
        executor: the sandbox.
        limits: of each run.
    """

    def __init__(self, executor: Executor, limits: Limits | None = None) -> None:
        self._executor = executor
        self._limits = limits or Limits()

    def __call__(self, rollouts: Sequence[Rollout]) -> Sequence[Outcome]:
        """Run the program of each sample on the tests of its problem."""
        jobs: dict[tuple[str, str, str], ExecutionJob] = {}
        wanted = []
        for each in rollouts:
            found = program_of(each.sample, each.problem, each.prompt)
            key = (each.problem.id, found.program, repr(sorted(found.files.items())))
            wanted.append(key)
            jobs.setdefault(key, execution_job(str(len(jobs)), each.problem, found, self._limits))
        outcomes = {result.key: result.outcome for result in self._executor.run(list(jobs.values()))}
        missing = Outcome(kind=OutcomeKind.UNSCORED, reason="the sandbox gave no outcome", seconds=0.0)
        return [outcomes.get(jobs[key].key, missing) for key in wanted]
