"""Run what is submitted by doing nothing on every problem for which that is an answer: the floor of a set."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager

from pydantic import JsonValue

from passgap.ports import Executor
from passgap.records import Limits, Outcome, OutcomeKind, Problem, Result, Stage, digest_of, digested
from passgap.stages.context import StageContext
from passgap.stages.costs import metered
from passgap.stages.scoring import RULES, finish_results
from passgap.store import ResultsArtifact, write_results
from passgap.tasks import execution_job, kind_of

NAME = "floor-results"


def run_nothing(
    problems: Iterable[Problem],
    open_executor: Callable[[], AbstractContextManager[Executor]],
    context: StageContext,
    limits: Limits = Limits(),  # noqa: B008 - frozen
) -> ResultsArtifact | None:
    """Run the unchanged code of each problem on its tests, once; what is on disk is not run again.

    Returns:
        One result a problem; None where doing nothing is no answer to any of them.

    Raises:
        ExecutionError: the sandbox failed.
    """
    submitted = [(each, found) for each in problems if (found := kind_of(each).nothing_done(each)) is not None]
    if not submitted:
        return None
    inputs: dict[str, JsonValue] = {
        "problems": digest_of(sorted(each.digest for each, _ in submitted)),
        "limits": digested(limits),
        "rules": RULES,
    }
    artifact = context.folder.artifact(NAME, inputs, ResultsArtifact)
    if artifact.complete:
        return artifact
    artifact.begin()
    results = artifact.open_shards(1)
    if not artifact.shard_path(0).exists():
        with (
            open_executor() as executor,
            metered(artifact, context.clock, executor.devices) as meter,
            context.progress.task("running unchanged code", len(submitted), done=0) as advance,
        ):
            jobs = [execution_job(each.id, each, found, limits) for each, found in submitted]
            outcomes: dict[str, Outcome] = {}
            for result in executor.run(jobs, progress=advance):
                outcomes[result.key] = result.outcome
                meter.tick()
            lost = Outcome(kind=OutcomeKind.UNSCORED, reason="the sandbox gave no outcome", seconds=0.0)
            scored = tuple(
                Result.of(each.id, 0, outcomes.get(each.id, lost), each.difficulty, extraction=found.label)
                for each, found in submitted
            )
            write_results(artifact.shard_path(0), scored)
            results.keep(0, scored)
    finish_results(artifact, Stage.FLOOR)
    return artifact
