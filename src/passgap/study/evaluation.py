"""Evaluate one model on the held-out problems: sample it, run every sample, count."""

from __future__ import annotations

from collections.abc import Mapping

from passgap.arms.base import PromptChange
from passgap.ports import ModelReference
from passgap.records import Decoding, Prompt
from passgap.stages import SamplingPlan, sample
from passgap.stages.evaluation import Evaluation, run_samples
from passgap.store import SamplesArtifact
from passgap.study.context import StudyContext
from passgap.tasks.splits import Splits


def sample_heldout(
    context: StudyContext,
    splits: Splits,
    model: ModelReference,
    name: str,
    *,
    decoding: Decoding | None = None,
    change: PromptChange | None = None,
    samples: int | None = None,
) -> SamplesArtifact:
    """Sample a model on the held-out problems; what is on disk is not drawn again.

    Args:
        context: the study.
        splits: its problems.
        model: to be sampled.
        name: of the artifacts: ``base`` gives ``base-heldout-samples``.
        decoding: None for production decoding.
        change: to the prompts.
        samples: of each problem; None for as many as are declared for the base model.
    """
    return _sample(context, _prompts(context, splits, change), model, name, decoding, samples)


def evaluate(
    context: StudyContext,
    splits: Splits,
    model: ModelReference,
    name: str,
    *,
    decoding: Decoding | None = None,
    change: PromptChange | None = None,
    samples: int | None = None,
) -> Evaluation:
    """Evaluate a model on the held-out problems; what is on disk is not drawn or run again.

    Raises:
        EngineError, ExecutionError, StoreError: a step failed; its finished shards are kept.
    """
    prompts = _prompts(context, splits, change)
    drawn = _sample(context, prompts, model, name, decoding, samples)
    ran = run_samples(f"{name}-heldout", drawn, splits.heldout.problems, prompts, context.executor, context.stage)
    return Evaluation((drawn,), (ran,))


def _prompts(context: StudyContext, splits: Splits, change: PromptChange | None) -> dict[str, Prompt]:
    prompts = dict(splits.prompts(splits.heldout.problems, chat=context.spec.model.chat))
    return {name: change.apply(prompt) for name, prompt in prompts.items()} if change else prompts


def _sample(
    context: StudyContext,
    prompts: Mapping[str, Prompt],
    model: ModelReference,
    name: str,
    decoding: Decoding | None,
    samples: int | None,
) -> SamplesArtifact:
    spec = context.spec
    plan = SamplingPlan(
        name=f"{name}-heldout",
        prompts=tuple(prompts.items()),
        decoding=decoding or spec.production_decoding,
        per_prompt=samples or spec.diagnostics.samples,
        seed=spec.seed,
    )
    with context.sampler(model) as sampler:
        return sample(plan, sampler, context.stage)
