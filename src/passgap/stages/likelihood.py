"""Measure how likely a model finds given completions, resumed shard by shard.

It works on token ids as they were sampled. An engine that reports no likelihoods of given tokens
(:class:`passgap.ports.LikelihoodSource`) is refused by the caller, which says so in the place of a figure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby

import numpy as np
import numpy.typing as npt
from pydantic import JsonValue

from passgap.ports import EngineIdentity, LikelihoodSource, Progress
from passgap.records import GivenTokens, Likelihood, Prompt, Record, Sample, Stage, digest_of, digested
from passgap.stages.context import StageContext
from passgap.stages.costs import Meter
from passgap.stages.given_shards import ShardedWork, measure_shards
from passgap.store import LikelihoodsArtifact, StudyFolder

SHARD_COMPLETIONS = 64
"""Completions in a shard of likelihoods, and so the most that a killed run measures again."""


class LikelihoodPlan(Record):
    """The completions to measure; those of one prompt next to each other, so that it is computed once."""

    name: str
    texts: tuple[GivenTokens, ...]
    stage: Stage = Stage.LIKELIHOOD
    """The stage that the cost is counted towards."""


def likelihoods_artifact(plan: LikelihoodPlan, identity: EngineIdentity, folder: StudyFolder) -> LikelihoodsArtifact:
    """The artifact of a plan on a model. Its inputs are everything that can change a likelihood."""
    inputs: dict[str, JsonValue] = {"texts": digest_of(plan.texts), "engine": digested(identity)}
    return folder.artifact(f"{plan.name}-likelihoods", inputs, LikelihoodsArtifact)


def measure_likelihoods(
    plan: LikelihoodPlan,
    source: LikelihoodSource,
    artifact: LikelihoodsArtifact,
    context: StageContext,
    *,
    devices: int = 1,
) -> LikelihoodsArtifact:
    """Measure the likelihood of every completion that has none yet, and return the complete artifact.

    Raises:
        EngineError: the model could not be run. Finished shards are kept.
    """

    def measure(shard: Sequence[GivenTokens], advance: Progress, meter: Meter) -> list[Likelihood]:
        rows = []
        for given, logprobs in _likelihoods(shard, source):
            total = min(0.0, float(logprobs.sum()))
            rows.append(
                Likelihood(problem_id=given.problem_id, index=given.index, logprob=total, tokens=len(given.tokens))
            )
            advance(1)
            meter.tick()
        return rows

    work = ShardedWork(
        texts=plan.texts,
        size=SHARD_COMPLETIONS,
        title=f"likelihoods of {plan.name}",
        tokens=sum(len(each.tokens) for each in plan.texts),
        stage=plan.stage,
    )
    measure_shards(artifact, work, measure, context, devices=devices)
    return artifact


def _likelihoods(
    texts: Sequence[GivenTokens], source: LikelihoodSource
) -> Iterator[tuple[GivenTokens, npt.NDArray[np.float64]]]:
    for prompt, group in groupby(texts, key=lambda each: each.prompt):
        of_prompt = list(group)
        yield from zip(of_prompt, source.token_logprobs(prompt, [each.tokens for each in of_prompt]), strict=True)


def given_by(samples: Iterable[Sample], prompts: Mapping[str, Prompt]) -> tuple[GivenTokens, ...] | None:
    """The tokens of samples behind their problems' prompts; None where an engine did not report the tokens of one."""
    found = []
    for each in samples:
        if not each.tokens:
            return None
        found.append(
            GivenTokens(
                problem_id=each.problem_id, index=each.index, prompt=prompts[each.problem_id], tokens=each.tokens
            )
        )
    return tuple(found)
