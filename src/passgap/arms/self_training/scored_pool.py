"""The pool's samples with the outcome of each on all tests of its problem: run once for every arm that asks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from passgap.arms.base import Lab
from passgap.arms.self_training.pool import PoolSamples
from passgap.arms.self_training.pool_tests import passed_parts
from passgap.arms.self_training.selection import POOL
from passgap.estimates import Counts, counts_from_results
from passgap.records import Result
from passgap.stages import StageCost, cost_of
from passgap.stages.evaluation import run_samples
from passgap.store import ResultsArtifact


@dataclass(frozen=True)
class ScoredPool:
    """Outcomes by the position of their samples (:attr:`PoolSamples.samples`)."""

    pool: PoolSamples
    artifact: ResultsArtifact
    tests: str = "all"
    """The tests of a problem that decide on an outcome: ``all``, or the ``visible`` ones."""

    @cached_property
    def results(self) -> Sequence[Result | None]:
        """The result of each sample, by position; None where the sandbox gave none."""
        found = {result.key: result for result in self.artifact.results()}
        return [found.get(each.key) for each in self.pool.samples]

    def outcome(self, position: int) -> bool | None:
        """Whether a sample passes the tests of its problem that decide; None where it could not be scored."""
        result = self.results[position]
        return None if result is None else self._judged(result).passed

    def behaviour(self, position: int) -> str | None:
        """A digest of the values that a sample gives on the tests' inputs; None where they were not observed."""
        result = self.results[position]
        return None if result is None else result.behaviour

    def by_problem(self) -> Mapping[str, tuple[int, ...]]:
        """The positions of each problem's samples, in the order of the samples."""
        return self.pool.by_problem

    @cached_property
    def counts(self) -> Counts:
        """Scored and passed samples by problem."""
        return counts_from_results(map(self._judged, self.artifact.results()))

    def _judged(self, result: Result) -> Result:
        """A result by the tests that decide."""
        if self.tests == "all" or result.passed is None:
            return result
        visible, _ = passed_parts(self.pool.problems[result.task_id].tests, result)
        return result.model_copy(update={"passed": visible})

    @property
    def cost(self) -> StageCost:
        """The cost of running the samples."""
        return cost_of(self.artifact)


def score_pool(pool: PoolSamples, lab: Lab, *, tests: str = "all") -> ScoredPool:
    """Run the pool's samples on all tests of their problems; what is on disk is not run again.

    Args:
        pool: the samples.
        lab: the means.
        tests: that decide on an outcome: ``all``, or the ``visible`` ones.

    Raises:
        ExecutionError, StoreError: the sandbox failed; finished shards are kept.
    """
    problems = tuple(pool.problems.values())
    return ScoredPool(pool, run_samples(POOL, pool.artifact, problems, pool.prompts, lab.executor, lab.stage), tests)
