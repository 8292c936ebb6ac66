"""The race that a study declares, in its ledger: declared before it begins, and carried out once."""

from __future__ import annotations

from collections.abc import Sequence

from passgap.decisions.race_report import RaceReport
from passgap.errors import StudyError
from passgap.records import digest_of, digested
from passgap.study.context import StudyContext
from passgap.tasks import TaskSet

RACE, OUTCOME = "race", "race-outcome"
"""The ledger's entries with the race as declared, and with what came of it."""


def racing(context: StudyContext, names: Sequence[str]) -> tuple[str, ...]:
    """Those of these arms that race: none where fewer than two would, as where one is asked for alone."""
    race = context.spec.race
    found = tuple(name for name in names if race is not None and name in race.arms)
    return found if len(found) > 1 and not context.read_only else ()


def declare_race(context: StudyContext, names: Sequence[str], development: TaskSet) -> None:
    """Put the race into the ledger before it begins, once.

    Raises:
        StudyError: it was declared otherwise.
    """
    payload = {
        "section": digested(context.spec.race),
        "arms": list(names),
        "development": digest_of([problem.digest for problem in development.problems]),
    }
    earlier = context.folder.ledger.of_kind(RACE)
    if not earlier:
        context.record(RACE, payload)
    elif earlier[0].payload != payload:
        raise StudyError(
            "the race was declared otherwise before it began",
            [
                f"Then: {earlier[0].payload}. Now: {payload}.",
                "Put `race`, `development` and the named arms back, name one arm alone, or begin a new study folder.",
            ],
        )


def race_on_record(context: StudyContext) -> RaceReport | None:
    """The race as it ended; None where none did."""
    found = context.folder.ledger.of_kind(OUTCOME)
    return RaceReport.model_validate(found[-1].payload) if found else None
