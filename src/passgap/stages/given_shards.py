"""Measures given completions shard by shard, so that a killed run measures at most one shard again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from passgap.ports import Progress
from passgap.records import LikelihoodManifest, Record, Stage
from passgap.stages.context import StageContext
from passgap.stages.costs import Meter, metered, metered_seconds
from passgap.store import GivenTokensArtifact, write_records

RowT = TypeVar("RowT", bound=Record)
GivenT = TypeVar("GivenT", bound=Record)
MeasureShard = Callable[[Sequence[GivenT], Progress, Meter], Sequence[RowT]]
"""Measures the completions of a shard; it is given the progress, in completions, and the meter to tick."""


@dataclass(frozen=True)
class ShardedWork(Generic[GivenT]):
    """Completions to measure, in shards of one size."""

    texts: Sequence[GivenT]
    size: int
    """Completions in a shard."""
    title: str
    """The title of the progress display."""
    tokens: int
    """Tokens that are measured in all, for the manifest."""
    unit: str = "completions"
    """The unit of the progress display."""
    stage: Stage = Stage.LIKELIHOOD
    """The stage that the cost is counted towards."""


def measure_shards(
    artifact: GivenTokensArtifact[RowT],
    work: ShardedWork[GivenT],
    measure: MeasureShard[GivenT, RowT],
    context: StageContext,
    *,
    devices: int = 1,
) -> None:
    """Measure every shard that is not there yet, and finish the artifact; a complete one is left as it is.

    Raises:
        EngineError: the model could not be run. Finished shards are kept.
    """
    if artifact.complete:
        return
    artifact.begin()
    count = len(work.texts)
    shards = [work.texts[start : start + work.size] for start in range(0, count, work.size)]
    missing = [number for number in range(len(shards)) if not artifact.shard_path(number).exists()]
    done = count - sum(len(shards[number]) for number in missing)
    with (
        metered(artifact, context.clock, devices) as meter,
        context.progress.task(work.title, count, done=done, unit=work.unit) as advance,
    ):
        for number in missing:
            write_records(artifact.shard_path(number), measure(shards[number], advance, meter))
    artifact.finish(
        LikelihoodManifest(stage=work.stage, seconds=metered_seconds(artifact), samples=count, tokens=work.tokens)
    )
