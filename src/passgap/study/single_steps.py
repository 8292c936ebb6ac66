"""The steps that commands for a single arm have in common: the lab of an arm, the measurements so far, refusals."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

from passgap.arms import Work
from passgap.errors import NotOnDiskError, StudyError
from passgap.spec.budget import Part
from passgap.study.budget import making
from passgap.study.context import StudyContext
from passgap.study.forecasting import foretell, require_yield
from passgap.study.interim_analysis import BaseEvaluation, evaluate_base, interim_analyses
from passgap.study.lab import StudyLab
from passgap.study.read_only import read_only
from passgap.study.recorded_forecasts import has_begun
from passgap.study.repetitions import repetitions_of
from passgap.study.run import splits_of
from passgap.tasks.splits import Splits


def measured_so_far(context: StudyContext, splits: Splits) -> BaseEvaluation | None:
    """The base model as far as it is measured, up to the last complete look; None where it is not."""
    measured = None
    with suppress(NotOnDiskError):
        for each in interim_analyses(read_only(context), splits, record=False):
            measured = each
    return measured


def refuse_starved(context: StudyContext, splits: Splits, arm: str) -> None:
    """Refuse an arm that would starve, as far as measurements can tell.

    Raises:
        StarvedArmError: it would.
    """
    if has_begun(context, arm):
        return
    measured = measured_so_far(context, splits)
    found = foretell(context, splits, measured.evaluation if measured else None, beginning=arm)
    require_yield(context, arm, found.get(arm))


def work_before_training(context: StudyContext, splits: Splits, arm: str) -> list[Work]:
    """The work that an arm needs before its fine-tune, such as samples of the pool."""
    return [work for work in making(context.spec, splits, arm) if work.part is not Part.TRAINING]


def repeated_lab(context: StudyContext, arm: str, seed: int | None) -> StudyLab:
    """The study as an arm sees it in the repetition with a seed.

    Raises:
        StudyError: the arm is not repeated with this seed.
    """
    repetitions = repetitions_of(context.spec, arm)
    chosen = [each for each in repetitions if seed in (None, each.seed)]
    if not chosen:
        seeds = ", ".join(str(each.seed) for each in repetitions)
        raise StudyError(f"the arm `{arm}` is not trained with the seed {seed}", [f"Its seeds: {seeds}."])
    return replace(lab_of(context, splits_of(context), reads_base=False), repetition=chosen[0])


def lab_of(context: StudyContext, splits: Splits, *, reads_base: bool) -> StudyLab:
    """The study as an arm sees it.

    The base model is evaluated first where that decides which problems candidates are evaluated on, as with interim
    analyses, and where the arm may read it.
    """
    if not reads_base and not context.spec.thresholds.looks:
        return StudyLab(context, splits)
    measured = evaluate_base(context, splits)
    return StudyLab(context, measured.splits, measured.evaluation)
