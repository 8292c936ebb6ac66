"""A model on the held-out problems: its samples, their outcomes, and what both cost."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cached_property

from passgap.errors import NotOnDiskError
from passgap.estimates import Counts, counts_from_results
from passgap.ports import Executor
from passgap.records import DEFAULT_LANGUAGE, FinishReason, Problem, Prompt, Result, Sample, SampleText, Stage
from passgap.stages.context import StageContext
from passgap.stages.costs import StageCost, cost_of, sum_costs
from passgap.stages.scoring import ScoringPlan, score
from passgap.store import ResultsArtifact, SamplesArtifact
from passgap.tasks import Extraction, extract


@dataclass(frozen=True)
class Evaluation:
    """The held-out samples of one model and their outcomes, in as many parts as they were measured in."""

    samples: tuple[SamplesArtifact, ...]
    results: tuple[ResultsArtifact, ...]

    @cached_property
    def outcomes(self) -> tuple[Result, ...]:
        """Every sample's outcome."""
        return tuple(result for part in self.results for result in part.results())

    @property
    def rules(self) -> frozenset[str]:
        """The rules by which outcomes were counted; the first version wrote none down."""
        return frozenset(str(part.inputs.get("rules", 1)) for part in self.results)

    @property
    def reading(self) -> frozenset[str]:
        """The rules by which programs in other languages than Python were read; none where there are none of these."""
        if all(each.language == DEFAULT_LANGUAGE for each in self.outcomes):
            return frozenset()
        of_other = (part for part in self.results if any(each.language != DEFAULT_LANGUAGE for each in part.results()))
        return frozenset(str(part.inputs.get("reading", 0)) for part in of_other)

    @cached_property
    def counts(self) -> Counts:
        """Scored and passed samples by problem."""
        return counts_from_results(self.outcomes)

    @property
    def sampling(self) -> StageCost:
        """The cost of drawing the samples."""
        return sum_costs(map(cost_of, self.samples))

    @property
    def running(self) -> StageCost:
        """The cost of running them."""
        return sum_costs(map(cost_of, self.results))

    @property
    def costs(self) -> tuple[StageCost, ...]:
        """The costs of sampling and running."""
        return (self.sampling, self.running)

    @cached_property
    def by_problem(self) -> Mapping[str, tuple[SampleText, ...]]:
        """The samples of each problem, ordered by index; the parts have no problem in common."""
        return {name: drawn for part in self.samples for name, drawn in part.by_problem.items()}

    def and_then(self, further: Evaluation) -> Evaluation:
        """This measurement and one of further problems, as one."""
        return Evaluation((*self.samples, *further.samples), (*self.results, *further.results))


def require_one_rule(*measurements: Evaluation) -> None:
    """Compare nothing that was counted by two rules, as where a later version began to count anew and did not finish.

    Raises:
        NotOnDiskError: the outcomes were counted by different rules.
    """
    counted = frozenset[str]().union(*(each.rules for each in measurements))
    read = frozenset[str]().union(*(each.reading for each in measurements))
    if len(counted) > 1 or len(read) > 1:
        raise NotOnDiskError(
            "the samples that would be compared were counted by different rules",
            ["`passgap run STUDY` counts those again that an earlier version of passgap counted."],
        )


def program_of(sample: Sample | SampleText, problem: Problem, prompt: Prompt) -> Extraction:
    """Take the program out of a sample, to run it or to select it by.

    A block that nothing closes was cut where the token limit ended the sample.
    """
    return extract(sample.completion, problem, prompt, cut=sample.finish_reason is FinishReason.LENGTH)


def run_samples(
    name: str,
    drawn: SamplesArtifact,
    problems: Sequence[Problem],
    prompts: Mapping[str, Prompt],
    open_executor: Callable[[], AbstractContextManager[Executor]],
    context: StageContext,
    *,
    stage: Stage = Stage.SCORING,
) -> ResultsArtifact:
    """Run the programs of samples on the tests of their problems; what is on disk is not run again.

    Args:
        name: of the results: ``base-heldout`` gives ``base-heldout-results``.
        drawn: the samples.
        problems: that they are of.
        prompts: that they are answers to, by problem.
        open_executor: opens the sandbox, where something is left to run.
        context: of the stage.
        stage: that the cost is counted towards.

    Raises:
        ExecutionError, StoreError: the sandbox failed; finished shards are kept.
    """

    def found_in(sample: SampleText, problem: Problem) -> Extraction:
        return program_of(sample, problem, prompts[problem.id])

    return score(ScoringPlan(name=name, problems=tuple(problems), stage=stage), drawn, found_in, open_executor, context)
