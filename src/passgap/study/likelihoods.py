"""How likely the base model finds its own held-out samples, on the problems where that can tell something."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from passgap.arms import Work
from passgap.errors import EngineError
from passgap.ports import LikelihoodSource
from passgap.records import GivenTokens, Likelihood, Sample, SampleKey, sample_seed
from passgap.spec.budget import Part
from passgap.stages import StageCost, cost_of
from passgap.stages.evaluation import Evaluation
from passgap.stages.likelihood import LikelihoodPlan, given_by, likelihoods_artifact, measure_likelihoods
from passgap.store import select
from passgap.study.budget import shortfalls, throughput_on_disk
from passgap.study.context import StudyContext
from passgap.tasks.splits import Splits

NAME = "base-heldout"


@dataclass(frozen=True)
class OwnLikelihoods:
    """The likelihoods of the base model's own samples, or why there are none."""

    rows: Mapping[SampleKey, Likelihood] | None
    problems: frozenset[str] = frozenset()
    """The problems that they stand for: those without any have only passes, or none."""
    why: str = ""


def own_likelihoods(context: StudyContext, splits: Splits, evaluation: Evaluation) -> OwnLikelihoods:
    """Measure them, or read them off the samples where the engine kept them; what is on disk is not measured again.

    Samples of a problem that all pass or all fail tell nothing, and are not measured. A failure is no reason to end a
    study: the diagnostics that rest on it say why they are not there.
    """
    most = context.spec.diagnostics.likelihoods
    if not most:
        return OwnLikelihoods(None, why="the study declares `diagnostics.likelihoods: 0`")
    problems = chosen_problems(evaluation, most, context.spec.seed)
    counts = evaluation.counts.select(problems)
    contested = {name for name, n, c in zip(counts.ids, counts.samples, counts.correct, strict=True) if 0 < c < n}
    scored = {each.key for each in evaluation.outcomes if each.passed is not None and each.task_id in contested}
    samples = [each for part in evaluation.samples for each in part.samples() if each.key in scored]
    kept = _kept(samples)
    if kept is not None:
        return OwnLikelihoods(kept, problems)
    prompts = dict(splits.prompts(splits.heldout.problems, chat=context.spec.model.chat))
    texts = given_by(samples, prompts)
    if texts is None:
        return OwnLikelihoods(None, why="the engine does not report the token ids of samples")
    try:
        return _measured(context, tuple(sorted(texts, key=lambda each: (each.problem_id, each.index))), problems)
    except EngineError as error:
        return OwnLikelihoods(None, why=f"{error.summary}: {'; '.join(error.problems)}".rstrip(": "))


def _measured(context: StudyContext, texts: tuple[GivenTokens, ...], problems: frozenset[str]) -> OwnLikelihoods:
    plan = LikelihoodPlan(name=NAME, texts=texts)
    with context.sampler(context.base_model()) as sampler:
        artifact = likelihoods_artifact(plan, sampler.identity, context.folder)
        if not artifact.complete:
            if not isinstance(sampler, LikelihoodSource):
                engine = context.spec.engine.name
                return OwnLikelihoods(None, why=f"the engine `{engine}` reports no likelihoods of given tokens")
            if not _affordable(context, len(texts)):
                return OwnLikelihoods(None, why="it does not fit into what is left of the budget for evaluation")
            measure_likelihoods(plan, sampler, artifact, context.stage, devices=sampler.devices)
    return OwnLikelihoods({each.key: each for each in artifact.rows}, problems)


def _affordable(context: StudyContext, samples: int) -> bool:
    """Whether it fits into the budget at the speed of sampling, which computes more than this does."""
    work = Work(Part.EVALUATION, f"{NAME}-likelihoods", samples)
    return not shortfalls(context.spec, [work], throughput_on_disk(context.folder, context.spec), context.folder)


def chosen_problems(evaluation: Evaluation, most: int, seed: int) -> frozenset[str]:
    """All measured problems, or a random part in which about ``most`` have right and wrong samples."""
    counts = evaluation.counts.measured()
    contested = int(((counts.correct > 0) & (counts.correct < counts.samples)).sum())
    if contested <= most:
        return frozenset(counts.ids)
    shuffled = sorted(counts.ids, key=lambda name: (sample_seed(seed, "likelihoods", name), name))
    return frozenset(shuffled[: counts.n * most // contested])


def _kept(samples: list[Sample]) -> dict[SampleKey, Likelihood] | None:
    """The likelihoods that the engine kept with the samples; None where one has none."""
    found = {}
    for each in samples:
        if not each.logprobs:
            return None
        found[each.key] = Likelihood(
            problem_id=each.problem_id,
            index=each.index,
            logprob=min(0.0, sum(each.logprobs)),
            tokens=len(each.logprobs),
        )
    return found


def likelihood_costs(context: StudyContext) -> tuple[StageCost, ...]:
    """The costs of finished likelihoods and divergences on the held-out problems."""
    index = context.folder.index()
    found = [each for kind in ("likelihoods", "divergences") for each in select(index, kind=kind)]
    return tuple(cost_of(each) for each in found if each.name.rpartition("-")[0].endswith("-heldout"))
