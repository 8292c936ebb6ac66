"""Kinds of tasks, one module per kind."""

from passgap.records import Problem
from passgap.registry import Registry
from passgap.tasks.kinds.base import TaskKind

KINDS = Registry[TaskKind](
    package="passgap.tasks.kinds", attribute="KIND", group="passgap.task_kinds", noun="kind of task"
)


def kind_of(problem: Problem) -> TaskKind:
    """The kind of a problem: the stated one, or the one inferred from its tests.

    Raises:
        UnknownMemberError: there is no kind of the stated name.
    """
    if problem.kind is not None:
        return KINDS[problem.kind]
    return next(kind for kind in KINDS.values() if kind.infers(problem))


__all__ = ["KINDS", "TaskKind", "kind_of"]
