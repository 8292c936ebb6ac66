"""Run every sample's program against its problem's tests: sample shards in, result shards out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

from pydantic import JsonValue

from passgap.errors import StoreError
from passgap.ports import Executor
from passgap.records import (
    ExecutionJob,
    Limits,
    Outcome,
    OutcomeKind,
    Problem,
    Record,
    Result,
    ResultsManifest,
    SampleText,
    Stage,
    digest_of,
    digested,
)
from passgap.stages.context import StageContext
from passgap.stages.costs import metered, metered_seconds
from passgap.store import ResultsArtifact, SamplesArtifact, StudyFolder, write_results
from passgap.tasks import Extraction

RULES = 2
"""Rises where the same answer may count otherwise than before, because its program is found, run or judged by other
rules. Results of two rules are never compared: what was counted by earlier ones is counted again from its samples."""

ProgramOf = Callable[[SampleText, Problem], Extraction]
"""Takes the program to run out of a completion, by a rule that the results keep."""


class ScoringPlan(Record):
    """Which samples to run on which problems' tests, within which limits."""

    name: str
    problems: tuple[Problem, ...]
    limits: Limits = Limits()


def scoring_artifact(plan: ScoringPlan, samples: SamplesArtifact, folder: StudyFolder) -> ResultsArtifact:
    """The artifact of a scoring: bound to the samples, the problems with their tests, and the limits."""
    inputs: dict[str, JsonValue] = {
        "samples": samples.digest,
        "problems": digest_of(sorted(problem.digest for problem in plan.problems)),
        "limits": digested(plan.limits),
        "rules": RULES,
    }
    return folder.artifact(f"{plan.name}-results", inputs, ResultsArtifact)


def score(
    plan: ScoringPlan,
    samples: SamplesArtifact,
    program_of: ProgramOf,
    open_executor: Callable[[], AbstractContextManager[Executor]],
    context: StageContext,
) -> ResultsArtifact:
    """Run what has not been run yet and return the complete artifact.

    The sandbox is opened only where something is left to run. A shard of samples becomes a shard of results; a sample
    that could not be scored is in it as ``unscored``.

    Raises:
        ExecutionError: the sandbox cannot be set up. Finished shards are kept.
        StoreError: the samples are not complete, or hold a problem that the plan does not.
    """
    artifact = scoring_artifact(plan, samples, context.folder)
    if artifact.complete:
        return artifact
    artifact.begin()
    problems = {problem.id: problem for problem in plan.problems}
    texts = samples.texts
    results = artifact.open_shards(len(texts))
    missing = [number for number in range(len(texts)) if not artifact.shard_path(number).exists()]
    total = samples.manifest.samples
    done = sum(len(results[number]) for number in range(len(texts)) if number not in missing)
    with (
        open_executor() as executor,
        metered(artifact, context.clock, executor.devices) as meter,
        context.progress.task(f"running {plan.name}", total, done=done) as advance,
    ):
        for number in missing:
            jobs = list(_jobs(texts[number], problems, program_of, plan.limits))
            outcomes: dict[str, Outcome] = {}
            for result in executor.run([each.execution for each in jobs], progress=advance):
                outcomes[result.key] = result.outcome
                meter.tick()
            scored = tuple(each.result(outcomes.get(each.execution.key)) for each in jobs)
            write_results(artifact.shard_path(number), scored)
            results.keep(number, scored)
    counted = Counter(result.outcome.value for result in artifact.results())
    artifact.finish(
        ResultsManifest(
            stage=Stage.SCORING,
            samples=counted.total(),
            outcomes=dict(sorted(counted.items())),
            seconds=metered_seconds(artifact),
        )
    )
    return artifact


@dataclass(frozen=True)
class _Job:
    """A program to run, the sample that it is of, and the rule by which it was found in the completion."""

    execution: ExecutionJob
    sample: SampleText
    problem: Problem
    extraction: str

    def result(self, outcome: Outcome | None) -> Result:
        """The line of the results file."""
        if outcome is None:
            outcome = Outcome(kind=OutcomeKind.UNSCORED, reason="the sandbox gave no outcome", seconds=0.0)
        return Result.of(
            self.sample.problem_id, self.sample.index, outcome, self.problem.difficulty, extraction=self.extraction
        )


def _jobs(
    samples: Sequence[SampleText], problems: Mapping[str, Problem], program_of: ProgramOf, limits: Limits
) -> Iterator[_Job]:
    for sample in samples:
        problem = problems.get(sample.problem_id)
        if problem is None:
            raise StoreError(
                f"there are samples of {sample.problem_id}, which is not among the problems to score",
                ["The problems were changed after the samples were drawn: put them back, or sample anew."],
            )
        extraction = program_of(sample, problem)
        execution = ExecutionJob(
            key=str(sample.key),
            program=extraction.program,
            tests=problem.tests,
            entry_point=problem.entry_point,
            limits=limits,
        )
        yield _Job(execution, sample, problem, extraction.label)
