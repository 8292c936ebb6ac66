"""The development problems of a study: settings are chosen on them, and nothing is trained or reported on them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from passgap.arms.development import development_problems
from passgap.errors import StudyError
from passgap.paths import AnyPath
from passgap.records import Problem
from passgap.spec import StudySpec, TaskSource
from passgap.spec.development import FEWEST_DEVELOPMENT
from passgap.study.splits import load_set
from passgap.tasks import TaskSet, find_contamination, refuse_without_toolchain, task_set
from passgap.tasks.splits import Splits

if TYPE_CHECKING:  # a study is checked without what it takes to carry it out
    from passgap.study.context import StudyContext

EXAMPLE = (
    "Declare others: `development: {source: {tasks: jsonl, path: development.jsonl}}`, or `development: {hold_back: "
    "100}` to take them out of the pool, in a study folder in which nothing was sampled from it yet."
)


def development_set(spec: StudySpec, root: AnyPath, splits: Splits) -> TaskSet:
    """Load the development problems: those that are declared, less all that is held out, sampled or set aside.

    A problem that is too close to a held-out one, or to one of the pool, is left out as well: a model that was trained
    on the latter knows it.

    Args:
        spec: the study.
        root: its folder, which paths are relative to.
        splits: its held-out problems and its pool.

    Raises:
        StudyError: the set cannot be loaded, or too few problems are left.
    """
    section, root = spec.development, Path(root)
    candidates = _apart(splits.held_back if section.hold_back else _unused(spec, root, splits), splits)
    chosen = development_problems(candidates, section.problems, spec.seed)
    least = 1 if spec.rehearsal else FEWEST_DEVELOPMENT
    if len(chosen) < least:
        raise StudyError(
            f"the study has {len(chosen)} development problems, and at least {least} are needed",
            [f"development: {_source_of(spec)} has {len(candidates)} that are of no other use. {EXAMPLE}"],
        )
    found = task_set(f"{_source_of(spec)}/development", chosen)
    refuse_without_toolchain(found)
    return found


def development_to_run(context: StudyContext, splits: Splits) -> TaskSet:
    """Load the development problems to measure models on them.

    Raises:
        StudyError: the set cannot be loaded, too few problems are left, or the toolchain of a language is missing.
    """
    found = development_set(context.spec, context.folder.path, splits)
    context.services.require_toolchains({each.runs_in for each in found.problems}, "the development problems")
    return found


def _source_of(spec: StudySpec) -> str:
    if spec.development.hold_back:
        return "pool"
    source = spec.development.source or spec.heldout
    return "/".join(filter(None, (source.tasks, source.split)))


def _apart(problems: Sequence[Problem], splits: Splits) -> tuple[Problem, ...]:
    """Those that are close to no held-out problem and to none of the pool."""
    near_heldout = find_contamination(splits.heldout.problems, problems).dirty
    left = [problem for problem in problems if problem.id not in near_heldout]
    near_pool = {item.matched for item in find_contamination(left, splits.pool.problems).items}
    return tuple(problem for problem in left if problem.id not in near_pool)


def _unused(spec: StudySpec, root: Path, splits: Splits) -> tuple[Problem, ...]:
    """The problems of the source that are used for nothing else."""
    source = spec.development.source or spec.heldout.model_copy(update={"limit": None})
    used = {problem.id for problem in _used(spec, root, splits)}
    return tuple(problem for problem in load_set(source, root).problems if problem.id not in used)


def _used(spec: StudySpec, root: Path, splits: Splits) -> Iterator[Problem]:
    """Every problem that is held out, sampled to train from, or set aside for a second round."""
    yield from splits.heldout.problems
    yield from splits.pool.problems
    for source in (spec.heldout, spec.pool, spec.round2.heldout, spec.round2.pool):
        yield from _problems_of(source, root)


def _problems_of(source: TaskSource | None, root: Path) -> Sequence[Problem]:
    """The problems of a source, none where it cannot be loaded: a second round's may be still to come."""
    try:
        return load_set(source, root).problems if source is not None else ()
    except StudyError:
        return ()
