"""The problems of other arms' second rounds: what one arm was trained or evaluated on is not fresh for another."""

from __future__ import annotations

from dataclasses import dataclass

from passgap.errors import StudyError
from passgap.records import Problem
from passgap.study.context import StudyContext
from passgap.study.second_round.derived import begun_rounds, contexts_of
from passgap.study.task_snapshot import kept_splits


@dataclass(frozen=True)
class UsedProblems:
    """The problems that other second rounds were trained and evaluated on."""

    pool: tuple[Problem, ...] = ()
    heldout: tuple[Problem, ...] = ()


def used_by_others(context: StudyContext, arm: str) -> UsedProblems:
    """The problems of the second rounds of every arm but this one.

    Raises:
        StudyError: the problems of one are no longer there as they were, so that nobody can say what is fresh.
    """
    pool: list[Problem] = []
    heldout: list[Problem] = []
    for each in begun_rounds(context):
        if each.arm == arm:
            continue
        later = contexts_of(context, each.arm, each.checkpoint, each.pool, each.heldout).later
        splits = kept_splits(later, each.problems)
        if splits is None:
            raise StudyError(
                f"the problems of the second round of `{each.arm}` are not on disk as they were",
                [f"They count as used for `{arm}`, too. Restore the folder {later.folder.artifacts} from a copy."],
            )
        pool += splits.pool.problems
        heldout += splits.heldout.problems
    return UsedProblems(tuple(pool), tuple(heldout))
