"""Choose development problems, and measure models on them, at any decoding and with any prompts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from passgap.arms.base import Lab
from passgap.records import Decoding, Problem, Prompt, Stage, sample_seed

if TYPE_CHECKING:
    from passgap.ports import ModelReference
    from passgap.stages.evaluation import Evaluation


@dataclass(frozen=True, kw_only=True)
class Point:
    """One measurement of a model: at a decoding, with so many samples per problem."""

    name: str
    """Of its artifacts, less the stage: ``base-development`` gives ``base-development-samples``."""
    decoding: Decoding
    samples: int
    """Per problem. Greedy decoding repeats its first sample, so it takes one (:meth:`at`)."""

    @classmethod
    def at(cls, name: str, decoding: Decoding, samples: int) -> Point:
        """The point with as many samples as tell something: one where decoding is greedy."""
        return cls(name=name, decoding=decoding, samples=1 if decoding.greedy else samples)


def development_problems(pool: Sequence[Problem], most: int, seed: int) -> tuple[Problem, ...]:
    """Return at most so many problems of a pool, in an order like a shuffle that the seed fixes.

    A larger number adds to what a smaller one takes, whatever the order of the pool.
    """
    return tuple(sorted(pool, key=lambda problem: (sample_seed(seed, "development", problem.id), problem.id))[:most])


def measure_points(
    model: ModelReference,
    points: Sequence[Point],
    problems: Sequence[Problem],
    lab: Lab,
    *,
    prompts: Mapping[str, Prompt] | None = None,
    stage: Stage | None = None,
) -> tuple[Evaluation, ...]:
    """Measure a model at several decodings: sample it and run what it wrote; what is on disk is not done again.

    The model is opened once for all points, and closed before their samples are run.

    Args:
        model: base model or checkpoint.
        points: to measure it at, each with a name of its own.
        problems: the development problems.
        lab: of the study.
        prompts: how each problem is asked, by its id; None asks as the study asks held-out problems.
        stage: that the cost of sampling and of running counts towards; None for the stages of these names.

    Returns:
        The evaluation at each point, in their order.

    Raises:
        EngineError, ExecutionError, StoreError: a step failed; its finished shards are kept.
    """
    from passgap.stages import SamplingPlan, sample  # noqa: PLC0415 - a study is checked without these
    from passgap.stages.evaluation import Evaluation, run_samples  # noqa: PLC0415

    asked = prompts or dict(lab.splits.prompts(tuple(problems), chat=lab.spec.model.chat))
    plans = [
        SamplingPlan(
            name=point.name,
            prompts=tuple((problem.id, asked[problem.id]) for problem in problems),
            decoding=point.decoding,
            per_prompt=point.samples,
            seed=lab.spec.seed,
            stage=stage or Stage.SAMPLING,
        )
        for point in points
    ]
    with lab.sampler(model) as sampler:
        drawn = [sample(plan, sampler, lab.stage) for plan in plans]
    scoring = stage or Stage.SCORING
    ran = [
        run_samples(plan.name, each, problems, dict(asked), lab.executor, lab.stage, stage=scoring)
        for plan, each in zip(plans, drawn, strict=True)
    ]
    return tuple(Evaluation((each,), (results,)) for each, results in zip(drawn, ran, strict=True))


def measure_prompts(
    name: str, problems: Sequence[Problem], prompts: Mapping[str, Prompt], per_problem: int, lab: Lab
) -> Evaluation:
    """Measure the base model at production decoding with changed prompts; what is on disk is not done again.

    Args:
        name: of the artifacts, less the stage.
        problems: the development problems.
        prompts: how each is asked, by its id.
        per_problem: samples of each.
        lab: of the study.

    Raises:
        EngineError, ExecutionError, StoreError: a step failed; its finished shards are kept.
    """
    point = Point(name=name, decoding=lab.spec.production_decoding, samples=per_problem)
    return measure_points(lab.base_model(), [point], problems, lab, prompts=prompts)[0]
