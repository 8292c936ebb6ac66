"""``passgap plan``: how many problems a decisive verdict takes, and their cost."""

from __future__ import annotations

from passgap.cli.output import JsonOption, emit_json, stdout
from passgap.cli.study_options import StudyArgument, open_for_command
from passgap.report.plan_document import plan_document
from passgap.report.terminal import print_document


def plan(study: StudyArgument, as_json: JsonOption = False) -> None:
    """Say how many problems and samples settle the verdict at each assumed gap, with tokens, hours and cost.

    Costs are computed from measured throughput: that of the base model's samples if there are any, otherwise that of a
    pilot of eight problems, which is sampled and run now and kept. After a MEASURE-MORE, the plan says what would
    settle it. It also says whether each part of `budget.hours` suffices, and whether the verdict comes within
    `budget.days_to_first_signal`.

    For every declared arm, and for those that the verdict names, it forecasts what there will be to learn from
    (examples, distinct problems, pairs, informative groups, updates), with hours and cost, and names the arms that
    would starve.

    Examples: `passgap plan studies/autocomplete`, `passgap plan studies/autocomplete --json`
    """
    made = open_for_command(study, as_json=as_json).plan()
    if as_json:
        emit_json(made)
        return
    print_document(stdout, plan_document(made))
