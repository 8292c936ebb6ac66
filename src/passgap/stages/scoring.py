"""Score samples: run every sample's program against its problem's tests, one shard of results per shard of samples."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial

from pydantic import JsonValue

from passgap.errors import StoreError
from passgap.ports import Executor
from passgap.records import (
    DEFAULT_LANGUAGE,
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
from passgap.stages.first_estimates import InFixedOrder, fixed_place
from passgap.store import ResultsArtifact, SamplesArtifact, StudyFolder, write_results
from passgap.tasks import Extraction, execution_job

RULES = 5
"""The version of the scoring rules. It rises when the same completion may be scored differently, because its program is
extracted, run or judged by other rules. Results of different versions are never compared: earlier samples are scored
again."""

READING = 1
"""The version of the rules by which programs in languages other than Python are told from other text
(:mod:`passgap.languages`): it rises where an answer may hold another program by them, and Python's results stay."""

ProgramOf = Callable[[SampleText, Problem], Extraction]
"""Extracts the program to run from a completion. The results record the rule by which it was found."""


class ScoringPlan(Record):
    """The problems whose samples are scored, and the limits of each run."""

    name: str
    problems: tuple[Problem, ...]
    limits: Limits = Limits()
    stage: Stage = Stage.SCORING
    """The stage that the cost is counted towards."""


def scoring_artifact(plan: ScoringPlan, samples: SamplesArtifact, folder: StudyFolder) -> ResultsArtifact:
    """The artifact of a scoring. Its inputs: the samples, the problems with their tests, the limits, the rules."""
    inputs: dict[str, JsonValue] = {
        "samples": samples.digest,
        "problems": digest_of(sorted(problem.digest for problem in plan.problems)),
        "limits": digested(plan.limits),
        **counted_by(plan.problems),
    }
    return folder.artifact(f"{plan.name}-results", inputs, ResultsArtifact)


def counted_by(problems: Iterable[Problem]) -> dict[str, JsonValue]:
    """The versions of the rules by which samples of problems are counted."""
    read = any(each.language != DEFAULT_LANGUAGE for each in problems)
    return {"rules": RULES, **({"reading": READING} if read else {})}


def score(
    plan: ScoringPlan,
    samples: SamplesArtifact,
    program_of: ProgramOf,
    open_executor: Callable[[], AbstractContextManager[Executor]],
    context: StageContext,
) -> ResultsArtifact:
    """Score the samples that have not been scored yet, and return the complete artifact.

    The sandbox is opened only if there is something to run. Each shard of samples gives a shard of results, in which
    samples that could not be scored are ``unscored``.

    Raises:
        ExecutionError: the sandbox cannot be set up. Finished shards are kept.
        StoreError: the samples are not complete, or include samples of a problem that is not in the plan.
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
        tell = partial(context.progress.scored, plan.name)
        for number in sorted(set(range(len(texts))) - set(missing)):
            kept = InFixedOrder((each.task_id for each in results[number]), tell)
            for each in results[number]:
                kept.add(each.task_id, each.passed)
        for number in missing:
            jobs = list(_jobs(texts[number], problems, program_of, plan.limits))
            outcomes: dict[str, Outcome] = {}
            told = InFixedOrder((each.sample.problem_id for each in jobs), tell)
            problem_of = {each.execution.key: each.sample.problem_id for each in jobs}
            in_order = sorted(jobs, key=lambda each: fixed_place(each.sample.problem_id))
            for result in executor.run([each.execution for each in in_order], progress=advance):
                outcomes[result.key] = result.outcome
                told.add(problem_of[result.key], result.outcome.passed)
                meter.tick()
            scored = tuple(each.result(outcomes.get(each.execution.key)) for each in jobs)
            write_results(artifact.shard_path(number), scored)
            results.keep(number, scored)
    finish_results(artifact, plan.stage)
    return artifact


def finish_results(artifact: ResultsArtifact, stage: Stage) -> None:
    """Write the manifest of results whose shards are all there: their outcomes, and the seconds that they took."""
    counted = Counter(result.outcome.value for result in artifact.results())
    artifact.finish(
        ResultsManifest(
            stage=stage,
            samples=counted.total(),
            outcomes=dict(sorted(counted.items())),
            seconds=metered_seconds(artifact),
        )
    )


@dataclass(frozen=True)
class _Job:
    """A program to run, with its sample, its problem, and the rule by which it was extracted."""

    execution: ExecutionJob
    sample: SampleText
    problem: Problem
    extraction: str

    def result(self, outcome: Outcome | None) -> Result:
        """The line of the results file."""
        if outcome is None:
            outcome = Outcome(kind=OutcomeKind.UNSCORED, reason="the sandbox gave no outcome", seconds=0.0)
        return Result.of(
            self.sample.problem_id,
            self.sample.index,
            outcome,
            self.problem.difficulty,
            extraction=self.extraction,
            language=self.problem.language,
        )


def _jobs(
    samples: Sequence[SampleText], problems: Mapping[str, Problem], program_of: ProgramOf, limits: Limits
) -> Iterator[_Job]:
    for sample in samples:
        problem = problems.get(sample.problem_id)
        if problem is None:
            raise StoreError(
                f"there are samples of {sample.problem_id}, which is not among the problems to score",
                ["The problems were changed after sampling. Restore them, or sample in a new study folder."],
            )
        extraction = program_of(sample, problem)
        execution = execution_job(str(sample.key), problem, extraction, limits)
        yield _Job(execution, sample, problem, extraction.label)
