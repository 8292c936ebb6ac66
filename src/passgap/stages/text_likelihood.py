"""Measure how likely a model finds given texts, resumed shard by shard."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import JsonValue

from passgap.errors import EngineError
from passgap.ports import EngineIdentity, Progress, TextLikelihoodSource
from passgap.records import GivenText, Likelihood, Record, Stage, digest_of, digested
from passgap.stages.context import StageContext
from passgap.stages.costs import Meter
from passgap.stages.given_shards import ShardedWork, measure_shards
from passgap.store import LikelihoodsArtifact, StudyFolder

TEXTS_SHARD = 32
"""Texts in a shard, and so the most that a killed run measures again."""

_CHARACTERS_PER_TOKEN = 4


class TextLikelihoodPlan(Record):
    """The texts to measure, up to a number of tokens of each."""

    name: str
    texts: tuple[GivenText, ...]
    positions: int


def text_likelihoods_artifact(
    plan: TextLikelihoodPlan, identity: EngineIdentity, folder: StudyFolder
) -> LikelihoodsArtifact:
    """The artifact of a plan on a model. Its inputs are everything that can change a likelihood."""
    inputs: dict[str, JsonValue] = {
        "texts": digest_of(plan.texts),
        "positions": plan.positions,
        "engine": digested(identity),
    }
    return folder.artifact(f"{plan.name}-likelihoods", inputs, LikelihoodsArtifact)


def measure_text_likelihoods(
    plan: TextLikelihoodPlan,
    source: TextLikelihoodSource,
    artifact: LikelihoodsArtifact,
    context: StageContext,
    *,
    devices: int = 1,
) -> LikelihoodsArtifact:
    """Measure the likelihood of every text that has none yet, and return the complete artifact.

    Raises:
        EngineError: the model could not be run. Finished shards are kept.
    """

    def measure(shard: Sequence[GivenText], advance: Progress, meter: Meter) -> list[Likelihood]:
        rows = []
        for given in shard:
            logprobs = source.text_logprobs(given.prompt, given.text, plan.positions)
            if not len(logprobs):
                raise EngineError("a text has no tokens", [f"{given.problem_id}: the engine gave none for it."])
            total = min(0.0, float(logprobs.sum()))
            rows.append(Likelihood(problem_id=given.problem_id, index=0, logprob=total, tokens=len(logprobs)))
            advance(1)
            meter.tick()
        return rows

    work = ShardedWork(
        texts=plan.texts,
        size=TEXTS_SHARD,
        title=f"likelihoods of {plan.name}",
        tokens=sum(min(len(each.text) // _CHARACTERS_PER_TOKEN + 1, plan.positions) for each in plan.texts),
        stage=Stage.LIKELIHOOD,
    )
    measure_shards(artifact, work, measure, context, devices=devices)
    return artifact
