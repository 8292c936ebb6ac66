"""A named set of problems, and fixed subsets of it."""

from __future__ import annotations

import hashlib
import itertools
from collections import Counter
from collections.abc import Sequence
from typing import Self

from pydantic import model_validator

from passgap.errors import StudyError
from passgap.records import Problem, Record, digest_of
from passgap.tasks.json_lines import shown


class TaskSet(Record):
    """Problems under one name, ordered by id. Never empty, no id twice."""

    name: str
    problems: tuple[Problem, ...]

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if not self.problems:
            raise ValueError(f"the task set {self.name} is empty")
        ids = [problem.id for problem in self.problems]
        if any(first >= second for first, second in itertools.pairwise(ids)):
            raise ValueError(f"the task set {self.name} is not in the order of its ids, or has one twice")
        return self

    @property
    def digest(self) -> str:
        """The hash over every problem's content; the name is no part of it."""
        return digest_of([problem.digest for problem in self.problems])


def task_set(name: str, problems: Sequence[Problem]) -> TaskSet:
    """Build a task set from problems in any order.

    Raises:
        StudyError: there are none, or an id comes twice; all such ids are named.
    """
    if not problems:
        raise StudyError(f"the task set {name} holds no problems", ["A set needs at least one."])
    repeated = [each for each, times in sorted(Counter(problem.id for problem in problems).items()) if times > 1]
    if repeated:
        raise StudyError(f"the task set {name} has ids that occur more than once", shown(repeated))
    return TaskSet(name=name, problems=tuple(sorted(problems, key=lambda problem: problem.id)))


def subset(tasks: TaskSet, limit: int | None) -> TaskSet:
    """Take the first ``limit`` problems in the order of their ids' SHA-256, which is fixed and like a shuffle.

    Which problems are taken depends on nothing but their ids, so a subset is unbiased, the same on every machine, and
    part of every larger one: raising the limit of a study adds problems and keeps what was measured.

    Raises:
        StudyError: the limit is not positive.
    """
    if limit is None or limit >= len(tasks.problems):
        return tasks
    if limit < 1:
        raise StudyError(f"a limit of {limit} problems leaves nothing of {tasks.name}", ["Give at least 1."])
    shuffled = sorted(tasks.problems, key=lambda problem: hashlib.sha256(problem.id.encode()).digest())
    return task_set(tasks.name, shuffled[:limit])
