"""Windows of dates, by which a part of a dated set is chosen."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from dataclasses import dataclass

from passgap.errors import StudyError
from passgap.tasks.taskset import TaskSet, task_set

FORM = re.compile(r"(\d{4})-(\d{2})(?:-(\d{2}))?\.\.(\d{4})-(\d{2})(?:-(\d{2}))?")


@dataclass(frozen=True)
class Window:
    """The days from ``first`` to ``last``, both included."""

    first: dt.date
    last: dt.date

    @classmethod
    def read(cls, text: str) -> Window:
        """Read a window of months or days, such as ``2025-02..2025-05``.

        Raises:
            StudyError: it is none.
        """
        found = FORM.fullmatch(text.strip())
        try:
            if found is None:
                raise ValueError("it should be two months or days, as in 2025-02..2025-05")
            from_year, from_month, from_day, year, month, day = found.groups()
            first = dt.date(int(from_year), int(from_month), int(from_day or 1))
            last = dt.date(int(year), int(month), int(day)) if day else _month_end(int(year), int(month))
            if last < first:
                raise ValueError("it ends before it begins")
        except ValueError as error:
            raise StudyError(f"{text!r} is no window of dates", [f"{error}."]) from error
        return cls(first, last)

    def holds(self, date: dt.date | None) -> bool:
        """Whether a date lies in the window; a problem without one lies in none."""
        return date is not None and self.first <= date <= self.last

    def __str__(self) -> str:
        return f"{self.first}..{self.last}"


def _month_end(year: int, month: int) -> dt.date:
    return (dt.date(year + month // 12, month % 12 + 1, 1)) - dt.timedelta(days=1)


def within(tasks: TaskSet, window: Window) -> TaskSet:
    """The problems of a set whose dates lie in a window.

    Raises:
        StudyError: there are none.
    """
    chosen = [problem for problem in tasks.problems if window.holds(problem.date)]
    if not chosen:
        raise none_within(tasks.name, window, [problem.date for problem in tasks.problems if problem.date is not None])
    return task_set(f"{tasks.name} ({window})", chosen)


def none_within(name: str, window: Window, dates: list[dt.date]) -> StudyError:
    """Say that a set has no problem in a window, and what dates it has."""
    has = f"Its problems are dated {min(dates)} to {max(dates)}." if dates else "It states no dates of its problems."
    return StudyError(f"the task set {name} holds no problem of {window}", [has])


def refuse_fewer(tasks: TaskSet, wanted: int | None) -> None:
    """Refuse a set that holds fewer problems than a study counts on.

    Raises:
        StudyError: it does; the message counts its problems by month.
    """
    if wanted is None or len(tasks.problems) >= wanted:
        return
    months = Counter(f"{each.date:%Y-%m}" for each in tasks.problems if each.date is not None)
    counted = ", ".join(f"{month}: {number}" for month, number in sorted(months.items()))
    raise StudyError(
        f"the task set {tasks.name} holds {len(tasks.problems)} problems, fewer than `at_least: {wanted}`",
        [f"By month: {counted}. Add the files that are missing." if counted else "Its problems state no dates."],
    )
