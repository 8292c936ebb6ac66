"""The rules on training in the licences of problems."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from passgap.errors import StudyError
from passgap.records import Problem
from passgap.tasks.json_lines import shown
from passgap.tasks.sources import SOURCES
from passgap.tasks.taskset import TaskSet

_SHARE_ALIKE = re.compile(r"\bsa\b|share[- ]?alike|\b[al]?gpl\b|\bodbl\b", re.IGNORECASE)
_NO_TRAINING = re.compile(r"(?:not|never|no)\b[^.]*\btrain", re.IGNORECASE)


def licence_of(problem: Problem) -> str | None:
    """The licence of a problem: its own, else that of the set that it is from; None where neither is known."""
    if problem.licence is not None:
        return problem.licence
    return SOURCES[problem.source].licence if problem.source in SOURCES else None


def refuse_untrainable(pool: TaskSet) -> None:
    """Refuse a pool with problems whose licence does not let a model be trained on them, wherever they were read from.

    Raises:
        StudyError: there are some; they are counted by their licence.
    """
    barred = Counter(
        licence_of(problem) or problem.source
        for problem in pool.problems
        if (problem.source in SOURCES and not SOURCES[problem.source].trains)
        or _NO_TRAINING.search(problem.licence or "")
    )
    if barred:
        raise StudyError(
            f"{pool.name} holds {barred.total()} problems that may not be trained on",
            shown([f"{number} under the licence: {licence}" for licence, number in barred.items()]),
        )


def share_alike(problems: Iterable[Problem]) -> Counter[str]:
    """The share-alike licences of problems, and how many are under each."""
    stated = (licence_of(problem) for problem in problems)
    return Counter(licence for licence in stated if licence is not None and _SHARE_ALIKE.search(licence))
