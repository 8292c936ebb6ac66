"""Run every sample's program against its problem's tests: sample shards in, result shards out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path

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
    Sample,
    digest_of,
    digested,
)
from passgap.stages.context import StageContext
from passgap.stages.costs import metered, metered_seconds
from passgap.store import Artifact, StudyFolder, read_results, read_samples, write_results
from passgap.tasks import Extraction

RULES = 2
"""Rises where the same answer may count otherwise than before, because its program is found, run or judged by other
rules. Results of two rules are never compared: what was counted by earlier ones is counted again from its samples."""

ProgramOf = Callable[[Sample, Problem], Extraction]
"""Takes the program to run out of a completion, by a rule that the results keep."""


class ScoringPlan(Record):
    """Which samples to run on which problems' tests, within which limits."""

    name: str
    problems: tuple[Problem, ...]
    limits: Limits = Limits()


def scoring_artifact(plan: ScoringPlan, samples: Artifact, folder: StudyFolder) -> Artifact:
    """The artifact of a scoring: bound to the samples, the problems with their tests, and the limits."""
    inputs: dict[str, JsonValue] = {
        "samples": samples.digest,
        "problems": digest_of(sorted(problem.digest for problem in plan.problems)),
        "limits": digested(plan.limits),
        "rules": RULES,
    }
    return folder.artifact(f"{plan.name}-results", inputs)


def score(
    plan: ScoringPlan,
    samples: Artifact,
    program_of: ProgramOf,
    open_executor: Callable[[], AbstractContextManager[Executor]],
    context: StageContext,
) -> Artifact:
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
    sources = samples.shards("parquet")
    finished = [artifact.shard(number, "jsonl").exists() for number in range(len(sources))]
    total = int(str(samples.manifest["samples"]))
    counted: Counter[str] = Counter()
    for number, there in enumerate(finished):
        if there:
            counted.update(_kinds(read_results(artifact.shard(number, "jsonl"))))
    with (
        open_executor() as executor,
        metered(artifact, context.clock, executor.devices) as meter,
        context.progress.task(f"running {plan.name}", total, done=counted.total()) as advance,
    ):
        for number, source in enumerate(sources):
            if finished[number]:
                continue
            found = list(_jobs(source, problems, program_of, plan.limits))
            jobs = [job for job, _ in found]
            outcomes: dict[str, Outcome] = {}
            for result in executor.run(jobs, progress=advance):
                outcomes[result.key] = result.outcome
                meter.tick()
            results = [_result(job.key, outcomes.get(job.key), problems, rule) for job, rule in found]
            write_results(artifact.shard(number, "jsonl"), results)
            counted.update(_kinds(results))
    artifact.finish(
        {
            "samples": counted.total(),
            "outcomes": dict(sorted(counted.items())),
            "seconds": metered_seconds(artifact),
        }
    )
    return artifact


def results_of(artifact: Artifact) -> Iterator[Result]:
    """Every result of an artifact, shard by shard."""
    for shard in artifact.shards("jsonl"):
        yield from read_results(shard)


def _jobs(
    source: Path, problems: Mapping[str, Problem], program_of: ProgramOf, limits: Limits
) -> Iterator[tuple[ExecutionJob, str]]:
    """The jobs of a shard of samples, each with the rule by which its program was found."""
    for drawn in read_samples(source):
        problem = problems.get(drawn.problem_id)
        if problem is None:
            raise StoreError(f"{source} holds samples of {drawn.problem_id}, which is not among the problems to score")
        extraction = program_of(drawn, problem)
        job = ExecutionJob(
            key=f"{drawn.problem_id}#{drawn.index}",
            program=extraction.program,
            tests=problem.tests,
            entry_point=problem.entry_point,
            limits=limits,
        )
        yield job, extraction.label


def _result(key: str, outcome: Outcome | None, problems: Mapping[str, Problem], rule: str) -> Result:
    task_id, _, index = key.rpartition("#")
    if outcome is None:
        outcome = Outcome(kind=OutcomeKind.UNSCORED, reason="the sandbox gave no outcome", seconds=0.0)
    return Result.of(task_id, int(index), outcome, problems[task_id].difficulty, extraction=rule)


def _kinds(results: Iterable[Result]) -> Iterator[str]:
    return (result.outcome.value for result in results)
