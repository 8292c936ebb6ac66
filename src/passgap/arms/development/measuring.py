"""Choose development problems, and measure the base model on them with changed prompts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from passgap.arms.base import Lab
from passgap.records import Problem, Prompt, sample_seed

if TYPE_CHECKING:
    from passgap.stages.evaluation import Evaluation


def development_problems(pool: Sequence[Problem], most: int, seed: int) -> tuple[Problem, ...]:
    """Return at most so many problems of a pool, in an order like a shuffle that the seed fixes.

    A larger number adds to what a smaller one takes, whatever the order of the pool.
    """
    return tuple(sorted(pool, key=lambda problem: (sample_seed(seed, "development", problem.id), problem.id))[:most])


def measure_prompts(
    name: str, problems: Sequence[Problem], prompts: Mapping[str, Prompt], per_problem: int, lab: Lab
) -> Evaluation:
    """Sample the base model at production decoding and run what it wrote; what is on disk is not done again.

    Args:
        name: of the artifacts, less the stage.
        problems: the development problems.
        prompts: how each is asked, by its id.
        per_problem: samples of each.
        lab: of the study.

    Raises:
        EngineError, ExecutionError, StoreError: a step failed; its finished shards are kept.
    """
    from passgap.stages import SamplingPlan, sample  # noqa: PLC0415 - a study is checked without these
    from passgap.stages.evaluation import Evaluation, run_samples  # noqa: PLC0415

    plan = SamplingPlan(
        name=name,
        prompts=tuple((problem.id, prompts[problem.id]) for problem in problems),
        decoding=lab.spec.production_decoding,
        per_prompt=per_problem,
        seed=lab.spec.seed,
    )
    with lab.sampler(lab.base_model()) as sampler:
        drawn = sample(plan, sampler, lab.stage)
    ran = run_samples(name, drawn, problems, dict(prompts), lab.executor, lab.stage)
    return Evaluation((drawn,), (ran,))
