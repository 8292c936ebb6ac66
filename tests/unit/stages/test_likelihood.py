"""The stage that measures likelihoods and divergences: exact on a model of a table, metered, resumed, read back."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from passgap.errors import EngineError, StoreError
from passgap.ports import EngineIdentity
from passgap.records import FinishReason, GivenTokens, Prompt, Sample, Stage
from passgap.stages import Silent, StageContext, cost_of
from passgap.stages.divergence import DIVERGENCE_SHARD, DivergencePlan, divergences_artifact, measure_divergences
from passgap.stages.likelihood import (
    SHARD_COMPLETIONS,
    LikelihoodPlan,
    given_by,
    likelihoods_artifact,
    measure_likelihoods,
)
from passgap.store import StudyFolder
from passgap.testing.scripted_study import SteadyClock

BASE, TUNED = ((0.5, 0.25, 0.25), (0.5, 0.4, 0.1))
"""Two models: the probabilities of three tokens, the same everywhere."""


class Table:
    """A model that finds each token equally likely everywhere; it may fail after some calls."""

    def __init__(self, probabilities: Sequence[float], fails_after: int | None = None) -> None:
        self.probabilities = probabilities
        self.left = fails_after
        self.asked = 0

    def token_logprobs(self, prompt: Prompt, completions: Sequence[Sequence[int]]) -> Iterator[np.ndarray]:
        for tokens in completions:
            self._count()
            yield np.log([self.probabilities[token] for token in tokens])

    def logits_of_tokens(self, prompt: Prompt, tokens: Sequence[int]) -> np.ndarray:
        self._count()
        return np.tile(np.log(self.probabilities).astype(np.float32) + 3.0, (len(tokens), 1))

    def _count(self) -> None:
        if self.left is not None and self.asked >= self.left:
            raise EngineError("the model fell over")
        self.asked += 1


def identity(name: str) -> EngineIdentity:
    return EngineIdentity(engine="table", model=name, model_digest=name * 8, dtype="none", device="none")


def texts(count: int) -> tuple[GivenTokens, ...]:
    return tuple(
        GivenTokens(
            problem_id=f"p{number // 4}",
            index=number % 4,
            prompt=Prompt(user=f"problem {number // 4}"),
            tokens=tuple((number + place) % 3 for place in range(1 + number % 5)),
        )
        for number in range(count)
    )


@pytest.fixture
def context(tmp_path: Path) -> StageContext:
    return StageContext(folder=StudyFolder(tmp_path), clock=SteadyClock(), progress=Silent())


def test_likelihoods_are_sums_over_tokens(context: StageContext) -> None:
    plan = LikelihoodPlan(name="base", texts=texts(9))
    artifact = likelihoods_artifact(plan, identity("base"), context.folder)
    made = measure_likelihoods(plan, Table(BASE), artifact, context)
    again = likelihoods_artifact(plan, identity("base"), context.folder)
    assert again.complete and again.rows == made.rows
    assert [each.key for each in made.rows] == [(each.problem_id, each.index) for each in plan.texts]
    for given, row in zip(plan.texts, made.rows, strict=True):
        assert row.logprob == pytest.approx(sum(math.log(BASE[token]) for token in given.tokens))
        assert row.per_token == pytest.approx(row.logprob / len(given.tokens))
    cost = cost_of(made)
    assert (cost.stage, cost.samples, cost.tokens) == (
        Stage.LIKELIHOOD,
        9,
        sum(len(each.tokens) for each in plan.texts),
    )
    assert cost.seconds > 0.0
    assert measure_likelihoods(plan, Table(BASE, fails_after=0), again, context) is again


def test_a_run_that_failed_goes_on_from_its_last_shard(context: StageContext) -> None:
    plan = LikelihoodPlan(name="base", texts=texts(2 * SHARD_COMPLETIONS + 3))
    artifact = likelihoods_artifact(plan, identity("base"), context.folder)
    with pytest.raises(EngineError):
        measure_likelihoods(plan, Table(BASE, fails_after=SHARD_COMPLETIONS + 5), artifact, context)
    assert not artifact.complete
    rest = Table(BASE)
    made = measure_likelihoods(plan, rest, likelihoods_artifact(plan, identity("base"), context.folder), context)
    assert rest.asked == SHARD_COMPLETIONS + 3
    assert len(made.rows) == len(plan.texts)
    assert len(made.files("run-", ".seconds.json")) == 2


def test_divergences_are_those_of_the_tables_up_to_the_last_position(context: StageContext) -> None:
    plan = DivergencePlan(name="ssd", texts=texts(DIVERGENCE_SHARD + 3), positions=3)
    artifact = divergences_artifact(plan, identity("base"), identity("tuned"), context.folder)
    opened: list[str] = []

    @contextmanager
    def opens(name: str, table: Table) -> Iterator[Table]:
        opened.append(name)
        yield table

    made = measure_divergences(
        plan, lambda: opens("base", Table(BASE)), lambda: opens("tuned", Table(TUNED)), artifact, context
    )
    expected = sum(p * math.log(p / q) for p, q in zip(BASE, TUNED, strict=True))
    assert opened == ["base", "tuned", "base", "tuned"]
    for given, row in zip(plan.texts, made.rows, strict=True):
        assert row.positions == min(3, len(given.tokens))
        assert row.divergence == pytest.approx(row.positions * expected, rel=1e-5)
    assert cost_of(made).tokens == sum(row.positions for row in made.rows)


def test_other_completions_and_other_models_are_other_artifacts(context: StageContext) -> None:
    plan = LikelihoodPlan(name="base", texts=texts(4))
    folders = {
        likelihoods_artifact(each, identity(name), context.folder).folder
        for each in (plan, plan.model_copy(update={"texts": texts(5)}))
        for name in ("base", "other")
    }
    assert len(folders) == 4


def test_a_damaged_shard_is_named(context: StageContext) -> None:
    plan = LikelihoodPlan(name="base", texts=texts(2))
    artifact = likelihoods_artifact(plan, identity("base"), context.folder)
    measure_likelihoods(plan, Table(BASE), artifact, context)
    artifact.shard_path(0).write_text('{"problem_id": "p0", "index": 0, "logprob": 3.0, "tokens": 1}\n')
    with pytest.raises(StoreError, match="is damaged") as caught:
        _ = likelihoods_artifact(plan, identity("base"), context.folder).rows
    assert "line 1" in caught.value.problems[0]


def test_samples_without_tokens_cannot_be_given() -> None:
    sample = Sample(
        problem_id="p",
        index=1,
        completion="x",
        finish_reason=FinishReason.STOP,
        seed=0,
        prompt_tokens=1,
        completion_tokens=2,
        tokens=(4, 2),
    )
    prompts = {"p": Prompt(user="p")}
    [given] = given_by([sample], prompts) or ()
    assert (given.tokens, given.index, given.prompt) == ((4, 2), 1, prompts["p"])
    assert given_by([sample, sample.model_copy(update={"tokens": None})], prompts) is None
