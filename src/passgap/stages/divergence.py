"""Measure how far a model is from its base model on given completions, resumed shard by shard."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager

import numpy as np
import numpy.typing as npt
from pydantic import JsonValue

from passgap.estimates.divergence import position_divergences, token_profile
from passgap.estimates.measured import positive_mean_interval
from passgap.ports import EngineIdentity, LikelihoodSource, ModelReference, Progress, Sampler
from passgap.records import Divergence, GivenTokens, Measured, Record, Stage, digest_of, digested
from passgap.stages.context import StageContext
from passgap.stages.costs import Meter
from passgap.stages.given_shards import ShardedWork, measure_shards
from passgap.store import DivergencesArtifact, StudyFolder

DIVERGENCE_SHARD = 8
"""Completions in a shard of divergences, for each of which both models are opened: their logits are held in memory."""

OpenSource = Callable[[], AbstractContextManager[LikelihoodSource]]
"""Opens a model, and frees it afterwards."""

OpenSampler = Callable[[ModelReference], AbstractContextManager[Sampler]]
"""Opens any model of a study, and frees it afterwards."""


class DivergencePlan(Record):
    """The completions to measure, and up to which token."""

    name: str
    texts: tuple[GivenTokens, ...]
    positions: int
    stage: Stage = Stage.LIKELIHOOD
    """The stage that the cost is counted towards."""


def divergences_artifact(
    plan: DivergencePlan, base: EngineIdentity, model: EngineIdentity, folder: StudyFolder
) -> DivergencesArtifact:
    """The artifact of a plan on two models. Its inputs are everything that can change a divergence."""
    inputs: dict[str, JsonValue] = {
        "texts": digest_of(plan.texts),
        "positions": plan.positions,
        "base": digested(base),
        "engine": digested(model),
    }
    return folder.artifact(f"{plan.name}-divergences", inputs, DivergencesArtifact)


def divergences_between(
    plan: DivergencePlan,
    base: ModelReference,
    model: ModelReference,
    open_sampler: OpenSampler,
    context: StageContext,
) -> tuple[Divergence, ...] | None:
    """Measure KL(base || model) with a study's engine; None where it reports no likelihoods of given tokens.

    Raises:
        EngineError: a model could not be run. Finished shards are kept.
    """
    with open_sampler(base) as ours, open_sampler(model) as theirs:
        artifact = divergences_artifact(plan, ours.identity, theirs.identity, context.folder)
        able = isinstance(ours, LikelihoodSource) and isinstance(theirs, LikelihoodSource)
        devices = ours.devices
    if not artifact.complete:
        if not able:
            return None
        sources = (lambda: _source(open_sampler, base)), (lambda: _source(open_sampler, model))
        measure_divergences(plan, *sources, artifact, context, devices=devices)
    return artifact.rows


def mean_divergence(rows: Sequence[Divergence], level: float) -> Measured:
    """KL(base || model) in nats per token, each completion counted once, with its interval."""
    return positive_mean_interval([each.divergence / each.positions for each in rows], level=level, unit="nats")


@contextmanager
def _source(open_sampler: OpenSampler, model: ModelReference) -> Iterator[LikelihoodSource]:
    with open_sampler(model) as sampler:
        assert isinstance(sampler, LikelihoodSource), "it was one when it was opened before"
        yield sampler


def measure_divergences(
    plan: DivergencePlan,
    open_base: OpenSource,
    open_model: OpenSource,
    artifact: DivergencesArtifact,
    context: StageContext,
    *,
    devices: int = 1,
) -> DivergencesArtifact:
    """Measure KL(base || model) on every completion that has none yet, and return the complete artifact.

    The models are opened one after the other, as a GPU may not have room for both.

    Raises:
        EngineError: a model could not be run. Finished shards are kept.
    """

    def measure(shard: Sequence[GivenTokens], advance: Progress, meter: Meter) -> list[Divergence]:
        with open_base() as base:
            expected = list(_logits(shard, base, plan.positions, meter))
        rows = []
        with open_model() as model:
            found = _logits(shard, model, plan.positions, meter)
            for given, ours, theirs in zip(shard, expected, found, strict=True):
                apart = position_divergences(ours, theirs)
                rows.append(
                    Divergence(
                        problem_id=given.problem_id,
                        index=given.index,
                        divergence=float(apart.sum()),
                        positions=len(apart),
                        base_profile=token_profile(ours),
                        profile=token_profile(theirs),
                    )
                )
                advance(1)
        return rows

    work = ShardedWork(
        texts=plan.texts,
        size=DIVERGENCE_SHARD,
        title=f"divergences of {plan.name}",
        tokens=sum(min(len(each.tokens), plan.positions) for each in plan.texts),
        stage=plan.stage,
    )
    measure_shards(artifact, work, measure, context, devices=devices)
    return artifact


def _logits(
    texts: Sequence[GivenTokens], source: LikelihoodSource, positions: int, meter: Meter
) -> Iterator[npt.NDArray[np.float32]]:
    for each in texts:
        yield source.logits_of_tokens(each.prompt, each.tokens[:positions])
        meter.tick()
