"""Measure how likely a model finds given completions at several temperatures, resumed shard by shard."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import JsonValue

from passgap.estimates.tempered import TEMPERATURES, tempered_logprobs
from passgap.ports import EngineIdentity, LikelihoodSource, Progress
from passgap.records import GivenTokens, Record, TemperedLikelihood, digest_of, digested
from passgap.stages.context import StageContext
from passgap.stages.costs import Meter
from passgap.stages.given_shards import ShardedWork, measure_shards
from passgap.store import StudyFolder, TemperedArtifact

SHARD_COMPLETIONS = 16
"""Completions in a shard, and so the most that a killed run measures again."""


class TemperedPlan(Record):
    """The completions to measure, and the temperatures."""

    name: str
    texts: tuple[GivenTokens, ...]
    temperatures: tuple[float, ...] = TEMPERATURES


def tempered_artifact(plan: TemperedPlan, identity: EngineIdentity, folder: StudyFolder) -> TemperedArtifact:
    """The artifact of a plan on a model. Its inputs are everything that can change a likelihood."""
    inputs: dict[str, JsonValue] = {
        "texts": digest_of(plan.texts),
        "temperatures": list(plan.temperatures),
        "engine": digested(identity),
    }
    return folder.artifact(f"{plan.name}-tempered", inputs, TemperedArtifact)


def measure_tempered(
    plan: TemperedPlan,
    source: LikelihoodSource,
    artifact: TemperedArtifact,
    context: StageContext,
    *,
    devices: int = 1,
) -> TemperedArtifact:
    """Measure every completion that has no likelihood yet, and return the complete artifact.

    Raises:
        EngineError: the model could not be run. Finished shards are kept.
    """

    def measure(shard: Sequence[GivenTokens], advance: Progress, meter: Meter) -> list[TemperedLikelihood]:
        rows = []
        for given in shard:
            logits = source.logits_of_tokens(given.prompt, given.tokens)
            values = tempered_logprobs(logits, given.tokens, plan.temperatures)
            rows.append(
                TemperedLikelihood(
                    problem_id=given.problem_id,
                    index=given.index,
                    logprobs=tuple(map(float, values)),
                    tokens=len(given.tokens),
                )
            )
            advance(1)
            meter.tick()
        return rows

    work = ShardedWork(
        texts=plan.texts,
        size=SHARD_COMPLETIONS,
        title=f"likelihoods of {plan.name}",
        tokens=sum(len(each.tokens) for each in plan.texts),
        unit="texts",
    )
    measure_shards(artifact, work, measure, context, devices=devices)
    return artifact


def curves_of(artifact: TemperedArtifact) -> dict[str, tuple[float, ...]]:
    """The mean log-probability of a token at each temperature, by problem; of its completions, each token counts."""
    sums: dict[str, list[float]] = {}
    tokens: dict[str, int] = {}
    for row in artifact.rows:
        before = sums.setdefault(row.problem_id, [0.0] * len(row.logprobs))
        sums[row.problem_id] = [one + more for one, more in zip(before, row.logprobs, strict=True)]
        tokens[row.problem_id] = tokens.get(row.problem_id, 0) + row.tokens
    return {name: tuple(value / tokens[name] for value in values) for name, values in sums.items()}
