"""The errors of passgap, one class per boundary at which something can go wrong.

Every error that a user can act on is a :class:`PassgapError`. The command line prints its problems without a traceback
and exits with :attr:`PassgapError.exit_code`; any other exception is a bug in passgap and exits with 1.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

T = TypeVar("T")
EXIT_DONE = 0
EXIT_FAULT = 1
EXIT_REFUSED = 2


class PassgapError(Exception):
    """An error that the reader can act on: one or more problems, each with its place and its remedy.

    Args:
        summary: one line that says what could not be done.
        problems: every problem found, each in a full sentence or two (what, where, what to do). All of them are listed
            at once, so that fixing one does not reveal the next.
    """

    exit_code = EXIT_REFUSED

    def __init__(self, summary: str, problems: Iterable[str] = ()) -> None:
        self.summary = summary
        self.problems = tuple(problems)
        super().__init__(summary, self.problems)

    def __str__(self) -> str:
        return "\n".join((self.summary, *(f"  - {problem}" for problem in self.problems)))


class StudyError(PassgapError):
    """The study, a task set or a request contradicts itself, is incomplete, or asks for what passgap refuses."""


class NoCandidateError(StudyError):
    """An arm did its work and was left without anything to train on: the study goes on with the other arms."""


class StarvedArmError(StudyError):
    """An arm would have too little to learn from and was not begun: the study goes on with the other arms."""


class NotOnDiskError(StudyError):
    """A study is open read-only, and something that its report needs was never measured."""

    def __init__(
        self,
        summary: str = "part of what the report needs is not on disk",
        problems: Iterable[str] = (
            "The study was changed or is not finished. `passgap run STUDY` measures what is missing.",
        ),
    ) -> None:
        super().__init__(summary, problems)


class EngineError(PassgapError):
    """A model could not be fetched, loaded, sampled or trained."""


class DivergedError(EngineError):
    """A fine-tune diverged: its recipe is at fault, and nothing else."""


class ExecutionError(PassgapError):
    """The sandbox could not be set up, or the machine lacks a required protection."""


class StoreError(PassgapError):
    """A study folder, shard, ledger or results file is missing, damaged, or of another study or version."""


def together(summary: str, steps: Iterable[Callable[[], T]]) -> list[T]:
    """Return what each step returns; where several are refused, all that they refuse is in one error.

    Raises:
        PassgapError: of the step that is refused, or a :class:`StudyError` with this summary.
    """
    values: list[T] = []
    refusals: list[PassgapError] = []
    for step in steps:
        try:
            values.append(step())
        except PassgapError as error:
            refusals.append(error)
    if len(refusals) > 1:
        raise StudyError(summary, [" ".join((f"{each.summary}:", *each.problems)) for each in refusals])
    for refusal in refusals:
        raise refusal
    return values
