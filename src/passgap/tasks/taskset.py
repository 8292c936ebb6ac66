"""A named set of problems."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Sequence

from pydantic import model_validator

from passgap.errors import StudyError
from passgap.records import Problem, Record, digest_of


class TaskSet(Record):
    """Problems under one name, ordered by id. Never empty, no id twice."""

    name: str
    problems: tuple[Problem, ...]

    @model_validator(mode="after")
    def _whole(self) -> TaskSet:
        if not self.problems:
            raise ValueError(f"the task set {self.name} is empty")
        return self

    @property
    def digest(self) -> str:
        """The hash over every problem's content."""
        return digest_of([problem.digest for problem in self.problems])


def task_set(name: str, problems: Sequence[Problem]) -> TaskSet:
    """Build a task set from problems in any order.

    Raises:
        StudyError: there are none, or an id comes twice; all such ids are named.
    """
    if not problems:
        raise StudyError(f"the task set {name} holds no problems")
    seen: dict[str, int] = {}
    for problem in problems:
        seen[problem.id] = seen.get(problem.id, 0) + 1
    twice = sorted(name for name, count in seen.items() if count > 1)
    if twice:
        raise StudyError(f"the task set {name} names problems twice", twice)
    return TaskSet(name=name, problems=tuple(sorted(problems, key=lambda problem: problem.id)))


def subset(tasks: TaskSet, limit: int | None) -> TaskSet:
    """The first ``limit`` problems in the order of their ids' hashes.

    Every limit gives an unbiased subset, and a larger one contains a smaller.
    """
    if limit is None or limit >= len(tasks.problems):
        return tasks
    shuffled = sorted(tasks.problems, key=lambda problem: hashlib.sha256(problem.id.encode()).digest())
    return task_set(tasks.name, shuffled[:limit])


def with_proxy_difficulty(tasks: TaskSet) -> TaskSet:
    """Label problems easy, medium or hard by terciles of their reference solutions' size in syntax nodes.

    A proxy for sets that state no difficulty, and named as one wherever it is used.

    Raises:
        StudyError: a problem has no reference that parses.
    """
    sizes = {problem.id: _size(problem.reference) for problem in tasks.problems}
    unreadable = sorted(name for name, size in sizes.items() if size is None)
    if unreadable:
        raise StudyError(f"problems of {tasks.name} have no reference to take a difficulty from", unreadable)
    ranked = sorted(sizes, key=lambda name: (sizes[name] or 0, name))
    labels = ("easy", "medium", "hard")
    difficulty = {name: labels[3 * rank // len(ranked)] for rank, name in enumerate(ranked)}
    labelled = [problem.model_copy(update={"difficulty": difficulty[problem.id]}) for problem in tasks.problems]
    return TaskSet(name=f"{tasks.name} (difficulty by size of the reference)", problems=tuple(labelled))


def _size(reference: str | None) -> int | None:
    if reference is None:
        return None
    try:
        return sum(1 for _ in ast.walk(ast.parse(reference)))
    except SyntaxError:
        return None
