"""A difficulty for problems whose source states none."""

from __future__ import annotations

from enum import StrEnum

from passgap.errors import StudyError
from passgap.records import UNSPECIFIED
from passgap.tasks.json_lines import shown
from passgap.tasks.kinds import kind_of
from passgap.tasks.taskset import TaskSet

LEVELS = ("easy", "medium", "hard")


class DifficultyRule(StrEnum):
    """Where the difficulty of a problem comes from."""

    SOURCE = "source"
    """The label that the set states; where problems of several sources state none, each one's source stands in."""
    REFERENCE_LENGTH = "reference-length"
    """Terciles of the size of the reference solution: a proxy, named in the set's name wherever it is used."""


def with_difficulty(tasks: TaskSet, rule: str) -> TaskSet:
    """Label the problems of a set by a rule.

    Raises:
        StudyError: there is no such rule, or a problem has no reference that parses.
    """
    if rule not in list(DifficultyRule):
        raise StudyError(
            f"there is no difficulty rule {rule!r}", [f"There are: {', '.join(each.value for each in DifficultyRule)}."]
        )
    if rule == DifficultyRule.REFERENCE_LENGTH:
        return difficulty_by_reference_length(tasks)
    return difficulty_by_source(tasks)


def difficulty_by_source(tasks: TaskSet) -> TaskSet:
    """Keep stated difficulties; label a problem that states none by its source, if the set mixes several.

    In a set of one source the label would say nothing, and the problem stays ``unspecified``.
    """
    if len({problem.source for problem in tasks.problems}) == 1:
        return tasks
    labels = {each.id: each.source if each.difficulty == UNSPECIFIED else each.difficulty for each in tasks.problems}
    return _labelled(tasks, tasks.name, labels)


def difficulty_by_reference_length(tasks: TaskSet) -> TaskSet:
    """Label problems easy, medium or hard by terciles of their reference solutions' size (in syntax nodes, for Python).

    The size of a solution is a proxy: it tells long from short, not hard from easy to come by. Problems of equal size
    get the same label, so the groups are as near to thirds as ties allow.

    Raises:
        StudyError: a problem has no reference that parses; all of them are named.
    """
    sizes = {problem.id: kind_of(problem).size(problem) for problem in tasks.problems}
    unreadable = [name for name, size in sizes.items() if size is None]
    if unreadable:
        raise StudyError(f"problems of {tasks.name} have no reference to take a difficulty from", shown(unreadable))
    known = sorted(size for size in sizes.values() if size is not None)
    first, second = known[len(known) // 3], known[2 * len(known) // 3]
    labels = {name: LEVELS[((size or 0) >= first) + ((size or 0) >= second)] for name, size in sizes.items()}
    return _labelled(tasks, f"{tasks.name} (difficulty by the size of the reference)", labels)


def _labelled(tasks: TaskSet, name: str, labels: dict[str, str]) -> TaskSet:
    problems = tuple(each.model_copy(update={"difficulty": labels[each.id]}) for each in tasks.problems)
    return TaskSet(name=name, problems=problems)
