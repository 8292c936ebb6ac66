"""A source of problems: a task set that can be named in a study."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any

from passgap.records import Problem
from passgap.tasks.taskset import TaskSet
from passgap.tasks.windows import Window, within


class FileUse(StrEnum):
    """Whether a source is read from a file that the person names."""

    NONE = "none"
    """It is part of passgap."""
    OPTIONAL = "optional"
    """It is found or fetched where no file is named."""
    REQUIRED = "required"


class Source(ABC):
    """A task set, or a format in which task sets are written."""

    name: str
    """As in a study's ``tasks``, and as the source of its problems."""
    position: int
    """Its place in lists, counted from 1."""
    caption: str
    """The set in a few words, for people."""
    licence: str
    """The licence of its problems."""
    trains: bool = True
    """Whether that lets a model be trained on them, as on the problems of a pool."""
    difficulty: str
    """The difficulty that it states of a problem, in words."""
    dates: str
    """The dates that it states of problems, in words: by them, a problem is from before or after a model's cutoff."""
    splits: tuple[str, ...] = ()
    """The names of its parts, the default first."""
    file: FileUse = FileUse.OPTIONAL
    scorings: Mapping[str, str] = {}
    """The rules by which it can be scored, by name, each in words; the default first, and none where there is one."""
    writes: bool = False
    """Whether problems can be written as rows of the set's own format (:meth:`row_of`)."""
    peculiar: Mapping[str, str] = {}
    """Problems whose outcome depends on more than the program asked for, each with the reason, by id."""

    def file_named(self, text: str) -> Path | None:
        """The file that a text names in place of the source's name; None where it names none of this source."""
        return None

    @abstractmethod
    def load(self, split: str | None, path: Path | None) -> TaskSet:
        """Load the set.

        Args:
            split: one of :attr:`splits`; None where there are none.
            path: the file that a person named, as :attr:`file` allows.

        Raises:
            StudyError: it is missing, damaged or incomplete; a partly readable set is never used.
        """

    def row_of(self, problem: Problem) -> dict[str, Any]:
        """A row of the set's own format that is read as this problem, where :attr:`writes` says that there is one.

        Fields of the set that the problem does not keep are empty.

        Raises:
            ValueError: it is none that a row of the set could be read as; the message says why.
        """
        raise ValueError(f"problems cannot be written as rows of {self.name}")

    def row_in(self, problem: Problem, folder: Path) -> dict[str, Any]:
        """The row of a problem in a file in a folder, where rows are about more than they hold, such as repositories.

        Args:
            problem: as in :meth:`row_of`.
            folder: holds what rows are about, and is put beside the file.

        Raises:
            ValueError: as in :meth:`row_of`.
        """
        return self.row_of(problem)

    def load_part(
        self, split: str | None, path: Path | None, *, window: Window | None = None, scoring: str | None = None
    ) -> TaskSet:
        """Load what a study asks for of the set; a source that has scorings, or can skip what is outside, overrides it.

        Args:
            split: as in :meth:`load`.
            path: as in :meth:`load`.
            window: keep the problems of these dates alone.
            scoring: one of :attr:`scorings`.

        Raises:
            StudyError: as in :meth:`load`, or nothing lies in the window.
        """
        whole = self.load(split, path)
        return whole if window is None else within(whole, window)
