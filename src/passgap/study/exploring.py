"""The problems of a study with the held-out samples of every model, for a reader to look at one by one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from passgap.arms import ARMS, BASE
from passgap.report.explorer import ExploredModel, Explorer
from passgap.stages.evaluation import Evaluation
from passgap.study.candidates import MeasuredCandidate
from passgap.study.context import StudyContext
from passgap.tasks.splits import Splits


def explore(
    context: StudyContext, splits: Splits, base: Evaluation, candidates: Sequence[MeasuredCandidate]
) -> Explorer:
    """The measured problems, the base model first, then each candidate with each of its seeds."""
    problems = tuple(each for each in splits.heldout.problems if each.id in base.by_problem)
    models = (ExploredModel(BASE, ARMS[BASE].caption, base.by_problem, base.outcomes), *_explored(candidates))
    return Explorer(study=context.spec.name, problems=problems, models=models)


def _explored(candidates: Sequence[MeasuredCandidate]) -> Iterator[ExploredModel]:
    for one in candidates:
        for each in one.repetitions:
            seed = each.repetition.seed if one.further and each.repetition is not None else None
            name, caption = one.arm, ARMS[one.arm].caption
            if seed is not None:
                name, caption = f"{name}-{seed}", f"{caption}, seed {seed}"
            yield ExploredModel(name, caption, each.evaluation.by_problem, each.evaluation.outcomes)
