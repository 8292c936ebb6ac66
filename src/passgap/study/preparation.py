"""Problems for both sides of the study, with the pool cleaned of what is too close to the held-out set (R3)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from passgap.errors import StudyError
from passgap.records import Problem, Prompt
from passgap.spec import MINIMUM_HELDOUT, StudySpec, TaskSource
from passgap.spec.sections import ModelSection
from passgap.tasks import (
    ContaminationLog,
    ContaminationRule,
    TaskSet,
    clean_pool,
    find_contamination,
    load_tasks,
    render,
    task_set,
    within_training_data,
)

if TYPE_CHECKING:  # what a context brings along is not needed to check a study
    from passgap.study.context import StudyContext


@dataclass(frozen=True)
class Preparation:
    """The problems of a study. ``pool`` is what is left of it after the dirty items were taken out."""

    heldout: TaskSet
    pool: TaskSet
    contamination: ContaminationLog
    removed: int
    begun: bool = True
    """Whether a chat model's answers are begun for it."""
    heldout_removed: int = 0
    """Held-out problems removed because they are dated no later than the model's cutoff."""

    @property
    def before_cutoff(self) -> int:
        """Held-out problems that were kept although they are dated no later than the model's cutoff."""
        early = {each.item for each in self.contamination.items if each.rule is ContaminationRule.BEFORE_CUTOFF}
        return sum(problem.id in early for problem in self.heldout.problems)

    def prompts(self, problems: tuple[Problem, ...], *, chat: bool) -> tuple[tuple[str, Prompt], ...]:
        """What the model is asked for each problem."""
        return tuple((problem.id, render(problem, chat=chat, begun=self.begun)) for problem in problems)

    def with_heldout(self, problems: Iterable[Problem]) -> Preparation:
        """The same with these held-out problems alone."""
        return replace(self, heldout=task_set(self.heldout.name, tuple(problems)))


def prepare(context: StudyContext) -> Preparation:
    """Load both task sets, check them against each other, and keep the log of what was found.

    Raises:
        StudyError: a set cannot be loaded, the held-out set is too small for a verdict, or nothing is left of the pool.
    """
    return prepare_tasks(context.spec, context.folder.path)


def prepare_tasks(spec: StudySpec, root: Path) -> Preparation:
    """The same, of a study that is not opened: its declaration, and the folder that paths are relative to.

    Raises:
        StudyError: as :func:`prepare`.
    """
    whole, pool = _load(spec.heldout, root), _load(spec.pool, root)
    heldout = _measurable(whole, spec.model)
    if len(heldout.problems) < MINIMUM_HELDOUT and not spec.rehearsal:
        raise StudyError(
            f"{len(heldout.problems)} held-out problems cannot carry a verdict",
            [
                f"At least {MINIMUM_HELDOUT} are needed. Add problems, or set `rehearsal: true` to try the steps."
                + (f" {_removed(whole, heldout, spec.model)}." if whole is not heldout else "")
            ],
        )
    looks = spec.thresholds.looks
    if looks and looks[-1] > len(heldout.problems):
        raise StudyError(
            f"the last look has {looks[-1]} problems, and the held-out set has {len(heldout.problems)}",
            ["End `thresholds.looks` at a number of problems that there are."],
        )
    log = find_contamination(whole.problems, pool.problems, cutoff=spec.model.cutoff)
    clean = clean_pool(pool, log)
    if not clean.problems:
        raise StudyError(
            "nothing is left of the pool",
            ["Every pool problem is too close to a held-out one; `passgap tasks contamination` lists them."],
        )
    return Preparation(
        heldout,
        clean,
        log,
        len(pool.problems) - len(clean.problems),
        spec.begins_answers,
        len(whole.problems) - len(heldout.problems),
    )


def _measurable(heldout: TaskSet, model: ModelSection) -> TaskSet:
    """The held-out problems to measure on: all, or those that the model cannot have been trained on.

    Raises:
        StudyError: none is left.
    """
    if model.before_cutoff == "list" or model.cutoff is None:
        return heldout
    later = [each for each in heldout.problems if not within_training_data(each, model.cutoff)]
    if not later:
        raise StudyError(
            "nothing is left of the held-out set",
            [
                f"Every problem of {heldout.name} is dated no later than `model.cutoff: {model.cutoff}`. Name later "
                f"problems, or set `model.before_cutoff: list` to measure on them and say so."
            ],
        )
    return heldout if len(later) == len(heldout.problems) else task_set(heldout.name, later)


def _removed(whole: TaskSet, heldout: TaskSet, model: ModelSection) -> str:
    count = len(whole.problems) - len(heldout.problems)
    return f"{count} were removed because they are dated no later than `model.cutoff: {model.cutoff}`"


def load_source(context: StudyContext, source: TaskSource | None) -> tuple[Problem, ...]:
    """The problems of a source that a study names, none where it names none.

    Raises:
        StudyError: the set cannot be loaded.
    """
    return _load(source, context.folder.path).problems if source else ()


def _load(source: TaskSource, root: Path) -> TaskSet:
    path = root / source.path if source.path and (root / source.path).exists() else source.path
    return load_tasks(
        source.tasks,
        split=source.split,
        limit=source.limit,
        path=Path(path) if path else None,
        difficulty=source.difficulty,
    )
