"""Measure how likely a model finds given completions, and how far it is from its base model on them.

Both work on token ids as they were sampled, and are resumed shard by shard. An engine that reports no likelihoods of
given tokens (:class:`passgap.ports.LikelihoodSource`) is refused by the caller, which says so in the place of a figure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from itertools import groupby

import numpy as np
import numpy.typing as npt
from pydantic import JsonValue

from passgap.estimates.divergence import position_divergences
from passgap.ports import EngineIdentity, LikelihoodSource
from passgap.records import (
    Divergence,
    GivenTokens,
    Likelihood,
    LikelihoodManifest,
    Prompt,
    Record,
    Sample,
    Stage,
    digest_of,
    digested,
)
from passgap.stages.context import StageContext
from passgap.stages.costs import Meter, metered, metered_seconds
from passgap.store import DivergencesArtifact, LikelihoodsArtifact, StudyFolder, write_records

SHARD_COMPLETIONS = 64
"""Completions in a shard of likelihoods, and so the most that a killed run measures again."""

DIVERGENCE_SHARD = 8
"""Completions in a shard of divergences, for each of which both models are opened: their logits are held in memory."""

OpenSource = Callable[[], AbstractContextManager[LikelihoodSource]]
"""Opens a model, and frees it afterwards."""


class LikelihoodPlan(Record):
    """The completions to measure; those of one prompt next to each other, so that it is computed once."""

    name: str
    texts: tuple[GivenTokens, ...]
    stage: Stage = Stage.LIKELIHOOD
    """The stage that the cost is counted towards."""


class DivergencePlan(Record):
    """The completions to measure, and up to which token."""

    name: str
    texts: tuple[GivenTokens, ...]
    positions: int
    stage: Stage = Stage.LIKELIHOOD
    """The stage that the cost is counted towards."""


def likelihoods_artifact(plan: LikelihoodPlan, identity: EngineIdentity, folder: StudyFolder) -> LikelihoodsArtifact:
    """The artifact of a plan on a model. Its inputs are everything that can change a likelihood."""
    inputs: dict[str, JsonValue] = {"texts": digest_of(plan.texts), "engine": digested(identity)}
    return folder.artifact(f"{plan.name}-likelihoods", inputs, LikelihoodsArtifact)


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
    if artifact.complete:
        return artifact
    artifact.begin()
    shards = _shards(plan.texts, SHARD_COMPLETIONS)
    missing = [number for number in range(len(shards)) if not artifact.shard_path(number).exists()]
    with (
        metered(artifact, context.clock, devices) as meter,
        context.progress.task(
            f"likelihoods of {plan.name}", len(plan.texts), done=_held(shards, missing), unit="completions"
        ) as advance,
    ):
        for number in missing:
            rows = []
            for given, logprobs in _likelihoods(shards[number], source):
                total = min(0.0, float(logprobs.sum()))
                rows.append(
                    Likelihood(problem_id=given.problem_id, index=given.index, logprob=total, tokens=len(given.tokens))
                )
                advance(1)
                meter.tick()
            write_records(artifact.shard_path(number), rows)
    tokens = sum(len(each.tokens) for each in plan.texts)
    artifact.finish(_manifest(plan.stage, metered_seconds(artifact), len(plan.texts), tokens))
    return artifact


def _likelihoods(
    texts: Sequence[GivenTokens], source: LikelihoodSource
) -> Iterator[tuple[GivenTokens, npt.NDArray[np.float64]]]:
    for prompt, group in groupby(texts, key=lambda each: each.prompt):
        of_prompt = list(group)
        yield from zip(of_prompt, source.token_logprobs(prompt, [each.tokens for each in of_prompt]), strict=True)


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
    if artifact.complete:
        return artifact
    artifact.begin()
    shards = _shards(plan.texts, DIVERGENCE_SHARD)
    missing = [number for number in range(len(shards)) if not artifact.shard_path(number).exists()]
    with (
        metered(artifact, context.clock, devices) as meter,
        context.progress.task(
            f"divergences of {plan.name}", len(plan.texts), done=_held(shards, missing), unit="completions"
        ) as advance,
    ):
        for number in missing:
            texts = shards[number]
            with open_base() as base:
                expected = list(_logits(texts, base, plan.positions, meter))
            with open_model() as model:
                rows = []
                for given, ours, theirs in zip(
                    texts, expected, _logits(texts, model, plan.positions, meter), strict=True
                ):
                    apart = position_divergences(ours, theirs)
                    rows.append(
                        Divergence(
                            problem_id=given.problem_id,
                            index=given.index,
                            divergence=float(apart.sum()),
                            positions=len(apart),
                        )
                    )
                    advance(1)
            write_records(artifact.shard_path(number), rows)
    positions = sum(min(len(each.tokens), plan.positions) for each in plan.texts)
    artifact.finish(_manifest(plan.stage, metered_seconds(artifact), len(plan.texts), positions))
    return artifact


def _logits(
    texts: Sequence[GivenTokens], source: LikelihoodSource, positions: int, meter: Meter
) -> Iterator[npt.NDArray[np.float32]]:
    for each in texts:
        yield source.logits_of_tokens(each.prompt, each.tokens[:positions])
        meter.tick()


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


def _shards(texts: Sequence[GivenTokens], size: int) -> list[Sequence[GivenTokens]]:
    return [texts[start : start + size] for start in range(0, len(texts), size)]


def _held(shards: Sequence[Sequence[GivenTokens]], missing: Sequence[int]) -> int:
    """Completions in the shards that are there."""
    return sum(len(shard) for number, shard in enumerate(shards) if number not in missing)


def _manifest(stage: Stage, seconds: float, samples: int, tokens: int) -> LikelihoodManifest:
    return LikelihoodManifest(stage=stage, seconds=seconds, samples=samples, tokens=tokens)
