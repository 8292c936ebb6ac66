"""Errors of steps that do not need each other, raised as one."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from passgap.errors import StudyError

T = TypeVar("T")


class CollectedErrors:
    """The errors of steps that do not need each other, kept to be told together."""

    def __init__(self, *, incomplete: bool = False) -> None:
        """Collect none yet. Where the study is ``incomplete``, a step that needs what is unknown of it is no fault."""
        self._found: list[StudyError] = []
        self._incomplete = incomplete

    def of(self, step: Callable[[], T], section: str = "") -> T | None:
        """Return the result of a step; None where it failed. The message of a failure names the study's ``section``."""
        try:
            return step()
        except StudyError as error:
            self._found.append(StudyError(f"{section}: {error.summary}", error.problems) if section else error)
        except AttributeError:
            if not self._incomplete:
                raise
        return None

    @property
    def told(self) -> list[str]:
        """Each fault in one text."""
        return [f"{each.summary}: {' '.join(each.problems)}".removesuffix(": ") for each in self._found]

    def raise_all(self) -> None:
        """Raise what was found, as one error.

        Raises:
            StudyError: there was something.
        """
        if len(self._found) == 1:
            raise self._found[0]
        if self._found:
            raise StudyError(f"{len(self._found)} things are wrong with the study's data", self.told)
