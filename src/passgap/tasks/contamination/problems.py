"""Contamination of the held-out set by the pool.

Four rules, each with its own name in the log: the same text after normalisation, a shared run of 13 words, a near
duplicate by MinHash, and the same entry point with the same tests. A fifth looks at dates: a held-out problem from
before the model's cutoff may have been trained on. It is listed, and no pool problem is removed for it; whether it is
measured on is up to the study.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

from passgap.errors import StudyError
from passgap.records import Problem, digest_of
from passgap.tasks.contamination.findings import ContaminationItem, ContaminationLog, ContaminationRule
from passgap.tasks.contamination.texts import Text, near, overlap, same_text
from passgap.tasks.kinds import kind_of
from passgap.tasks.taskset import TaskSet, task_set


def find_contamination(
    heldout: Sequence[Problem], pool: Sequence[Problem], *, cutoff: dt.date | None = None
) -> ContaminationLog:
    """Compare every pool problem with every held-out problem.

    Args:
        heldout: the problems to evaluate on.
        pool: the problems to train from.
        cutoff: the last date of the model's training data, where it is known.
    """
    asked = texts_of(heldout), texts_of(pool)
    items = (*same_text(*asked), *overlap(*asked), *near(*asked), *_same_tests(heldout, pool))
    found = {(each.item, each.matched, each.rule): each for each in items}
    if cutoff is not None:
        for problem in heldout:
            if within_training_data(problem, cutoff):
                early = ContaminationItem(
                    item=problem.id, matched=cutoff.isoformat(), rule=ContaminationRule.BEFORE_CUTOFF, score=1.0
                )
                found[early.item, early.matched, early.rule] = early
    for problem in heldout:
        if kind_of(problem).shows_tests(problem):
            shown = ContaminationItem(
                item=problem.id, matched=problem.id, rule=ContaminationRule.TESTS_SHOWN, score=1.0
            )
            found[shown.item, shown.matched, shown.rule] = shown
    return ContaminationLog(items=tuple(found[key] for key in sorted(found)))


def within_training_data(problem: Problem, cutoff: dt.date) -> bool:
    """Whether a problem is old enough to have been trained on; one without a date is not known to be."""
    return problem.date is not None and problem.date <= cutoff


def clean_pool(pool: TaskSet, log: ContaminationLog) -> TaskSet:
    """The pool without its dirty items.

    Raises:
        StudyError: nothing is left.
    """
    clean = [problem for problem in pool.problems if problem.id not in log.dirty]
    if not clean:
        raise StudyError(
            "nothing is left of the pool",
            ["Every pool problem is too close to a held-out one: these are the same problems. Name another pool."],
        )
    return task_set(pool.name, clean)


def texts_of(problems: Sequence[Problem]) -> list[Text]:
    """The texts that no two sets may share, one per problem."""
    return [Text(problem.id, kind_of(problem).contamination_text(problem)) for problem in problems]


def _same_tests(heldout: Sequence[Problem], pool: Sequence[Problem]) -> Iterator[ContaminationItem]:
    by_tests: dict[str, list[str]] = defaultdict(list)
    for problem in filter(_tested, heldout):
        by_tests[_tests_key(problem)].append(problem.id)
    for problem in filter(_tested, pool):
        for match in by_tests.get(_tests_key(problem), ()):
            yield ContaminationItem(item=problem.id, matched=match, rule=ContaminationRule.SAME_TESTS, score=1.0)


def _tests_key(problem: Problem) -> str:
    return digest_of([problem.entry_point, re.sub(r"\s+", "", problem.tests.model_dump_json())])


def _tested(problem: Problem) -> bool:
    return problem.tested
