"""Verify samples by something other than all tests of their problem: one shard of results per shard of samples."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager

from pydantic import JsonValue

from passgap.ports import Progress
from passgap.records import Record, Result, SampleText, Stage
from passgap.stages.context import StageContext
from passgap.stages.costs import metered
from passgap.stages.scoring import finish_results
from passgap.store import ResultsArtifact, SamplesArtifact, write_results

Check = Callable[[Sequence[SampleText], Progress], Iterable[Result]]
"""Gives one result for each sample, in order, and reports how many it has checked. A sample that could not be checked
is ``unscored``."""

OpenCheck = Callable[[ResultsArtifact, Callable[[], None]], AbstractContextManager[Check]]


class VerificationPlan(Record):
    """A check of samples: its name, and everything besides the samples that its results depend on."""

    name: str
    """Of the results, less ``-results``."""
    inputs: dict[str, JsonValue]


def verify(
    plan: VerificationPlan,
    samples: SamplesArtifact,
    open_check: OpenCheck,
    context: StageContext,
) -> ResultsArtifact:
    """Check the samples that have not been checked yet, and return the complete artifact.

    The check is opened only if there is something to check, and its opening counts towards the cost. It is given the
    artifact, in whose folder it may keep what it prepares for all samples, and a function to call while it prepares,
    so that the cost of a killed run is known.

    Raises:
        ExecutionError: the sandbox cannot be set up. Finished shards are kept.
        StoreError: the samples are not complete.
    """
    inputs: dict[str, JsonValue] = {"samples": samples.digest, **plan.inputs}
    artifact = context.folder.artifact(f"{plan.name}-results", inputs, ResultsArtifact)
    if artifact.complete:
        return artifact
    artifact.begin()
    texts = samples.texts
    results = artifact.open_shards(len(texts))
    missing = [number for number in range(len(texts)) if not artifact.shard_path(number).exists()]
    done = sum(len(results[number]) for number in range(len(texts)) if number not in missing)
    with (
        metered(artifact, context.clock) as meter,
        context.progress.task(f"verifying {plan.name}", samples.manifest.samples, done=done) as advance,
        open_check(artifact, meter.tick) as check,
    ):

        def checked(count: int) -> None:
            advance(count)
            meter.tick()

        for number in missing:
            found = tuple(check(texts[number], checked))
            write_results(artifact.shard_path(number), found)
            results.keep(number, found)
    finish_results(artifact, Stage.VERIFICATION)
    return artifact
