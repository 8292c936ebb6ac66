"""The models whose decoding frontiers are measured: the base model, and every arm that has a model of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from passgap.arms import ARMS, BASE, arm_of
from passgap.arms.development import Point
from passgap.errors import StudyError
from passgap.ports import ModelReference
from passgap.records import Decoding
from passgap.stages.evaluation import Evaluation
from passgap.study.arm_runs import measure_arm
from passgap.study.candidates import MeasuredCandidate
from passgap.study.context import StudyContext
from passgap.study.evaluation import evaluate
from passgap.study.frontier_names import point_name
from passgap.study.interim_analysis import BaseEvaluation
from passgap.study.lab import StudyLab
from passgap.study.read_only import read_only
from passgap.study.run import finished_arms, measure_base


@dataclass(frozen=True)
class SweptModel:
    """A model with its evaluation on the held-out problems at production decoding."""

    arm: str
    label: str
    """In the names of its artifacts."""
    model: ModelReference
    evaluation: Evaluation
    measured: MeasuredCandidate | None = None
    """With its answers to the battery's prompts; None where nobody asked."""

    @property
    def caption(self) -> str:
        """Its name for people."""
        return ARMS[self.arm].caption

    def point(self, decoding: Decoding, samples: int) -> Point:
        """The measurement at a decoding, on development problems."""
        return Point.at(point_name(self.label, decoding), decoding, samples)


def swept_models(
    context: StudyContext, measured: BaseEvaluation, asked: Sequence[str] | None
) -> tuple[tuple[SweptModel, ...], tuple[str, ...]]:
    """Find the models, the base model first, and say which arms have none.

    Of an arm with several seeds, the model of the first is taken: it is the one that would be served.

    Args:
        context: the study.
        measured: the base model on the held-out problems.
        asked: the arms; None for all that are finished.

    Raises:
        StudyError: an arm that is asked for has no model.
    """
    finished, missing = _divided(context, asked)
    reading = StudyLab(read_only(context), measured.splits, measured.evaluation)
    base = measure_base(reading, needed=any(context.served_arm(name) is None for name in finished), wanted=False)
    models = [SweptModel(BASE, BASE, context.base_model(), measured.evaluation, base)]
    for name in finished:
        served = context.served_arm(name)
        if served is not None:
            evaluation = evaluate(context, measured.splits, served, f"{name}-served")
            models.append(SweptModel(name, f"{name}-served", served, evaluation))
            continue
        one = measure_arm(reading, name)
        models.append(SweptModel(name, name, one.candidate.model, one.evaluation, one))
    return tuple(models), missing


def _divided(context: StudyContext, asked: Sequence[str] | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The arms that have a model, in their order, and a line on each declared one that has none yet.

    Raises:
        StudyError: an arm that is asked for is one of them, or trains nothing.
    """
    finished = set(finished_arms(context))
    names = [name for name, arm in ARMS.items() if arm.trains and name in context.spec.arms]
    ready = [name for name in names if name in finished or context.served_arm(name) is not None]
    if asked is None:
        lines = (f"{name}: it has no model yet. `passgap run STUDY --arm {name}` makes it." for name in names)
        return tuple(ready), tuple(line for name, line in zip(names, lines, strict=True) if name not in ready)
    wanted = {arm_of(name).name for name in asked} - {BASE}
    lacking = sorted(wanted.difference(ready))
    if lacking:
        raise StudyError(
            "some arms have no model to sweep",
            [
                f"{name}: run it first: `passgap run STUDY --arm {name}`."
                if ARMS[name].trains
                else f"{name}: it is the base model asked otherwise; its decoding frontier is the base model's."
                for name in lacking
            ],
        )
    return tuple(name for name in ready if name in wanted), ()
