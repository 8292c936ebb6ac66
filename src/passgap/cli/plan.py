"""``passgap plan``: how many problems a decisive verdict takes, and what they cost."""

from __future__ import annotations

from passgap.cli import console
from passgap.cli.study_options import StudyArgument, opened
from passgap.report.planning import plan_tables


def plan(study: StudyArgument, as_json: console.JsonOption = False) -> None:
    """Say how many problems and samples settle the verdict at each supposed gap, with tokens, hours and cost.

    The prices come from measured throughput: of the base model's samples where they are there, else of a pilot of
    eight problems that is drawn and run now and kept. After a MEASURE-MORE, the plan says what would settle it.
    It also says whether each part of `budget.hours` is enough, and whether the verdict comes within
    `budget.days_to_first_signal`.

    Example: `passgap plan studies/autocomplete`
    """
    made = opened(study, as_json=as_json).plan()
    if as_json:
        console.emit_json(made)
        return
    for part in plan_tables(made):
        console.out.print(part)
