"""Measure one model on the held-out problems: sample it, run every sample, count."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from passgap.errors import NotOnDiskError
from passgap.estimates import Counts, counts_from_results
from passgap.ports import ModelReference
from passgap.records import Decoding, Problem, Result, SampleText
from passgap.stages import SamplingPlan, ScoringPlan, StageCost, cost_of, sample, score, sum_costs
from passgap.store import ResultsArtifact, SamplesArtifact
from passgap.study.context import StudyContext
from passgap.study.programs import program_of
from passgap.study.splits import Splits
from passgap.tasks import Extraction


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
    if len(frozenset[str]().union(*(each.rules for each in measurements))) > 1:
        raise NotOnDiskError(
            "the samples that would be compared were counted by different rules",
            ["`passgap run STUDY` counts those again that an earlier version of passgap counted."],
        )


def heldout_plan(context: StudyContext, splits: Splits, name: str, decoding: Decoding, samples: int) -> SamplingPlan:
    """So many samples of each held-out problem at a decoding, from the study's own seeds."""
    spec = context.spec
    return SamplingPlan(
        name=f"{name}-heldout",
        prompts=splits.prompts(splits.heldout.problems, chat=spec.model.chat),
        decoding=decoding,
        per_prompt=samples,
        seed=spec.seed,
    )


def sample_heldout(context: StudyContext, splits: Splits, model: ModelReference, name: str) -> SamplesArtifact:
    """Sample a model on the held-out problems at production decoding; what is on disk is not drawn again."""
    spec = context.spec
    plan = heldout_plan(context, splits, name, spec.production_decoding, spec.diagnostics.samples)
    with context.sampler(model) as sampler:
        return sample(plan, sampler, context.stage)


def measure(context: StudyContext, splits: Splits, model: ModelReference, name: str) -> Evaluation:
    """Measure a model on the held-out problems at production decoding; what is on disk is not done again.

    Raises:
        EngineError, ExecutionError, StoreError: a step failed; its finished shards are kept.
    """
    return run_samples(context, splits, sample_heldout(context, splits, model, name), name)


def run_samples(context: StudyContext, splits: Splits, drawn: SamplesArtifact, name: str) -> Evaluation:
    """Run held-out samples that were drawn under ``name``; what is on disk is not run again.

    Raises:
        ExecutionError, StoreError: the sandbox failed; finished shards are kept.
    """
    problems = splits.heldout.problems
    prompts = dict(splits.prompts(problems, chat=context.spec.model.chat))

    def found_in(drawn: SampleText, problem: Problem) -> Extraction:
        return program_of(drawn, problem, prompts[problem.id])

    scored = score(
        ScoringPlan(name=f"{name}-heldout", problems=problems),
        drawn,
        found_in,
        context.executor,
        context.stage,
    )
    return Evaluation((drawn,), (scored,))
