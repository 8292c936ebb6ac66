"""``passgap run``: everything up to the report, resumed from whatever is on disk."""

from __future__ import annotations

from typing import Annotated

import typer

from passgap.cli import console
from passgap.cli.study_options import OverBudgetOption, StudyArgument, opened
from passgap.recipes import Arm
from passgap.report.terminal import print_report

ArmOption = Annotated[
    list[Arm] | None,
    typer.Option("--arm", help="Run this arm whatever the verdict says. Can be given more than once."),
]


def run(
    study: StudyArgument,
    arms: ArmOption = None,
    over_budget: OverBudgetOption = False,
    as_json: console.JsonOption = False,
) -> None:
    """Measure, decide, and run the arm that the verdict calls for; write `report.md`, `report.html`, `report.json`.

    Without `--arm`, a verdict other than GO-SSD ends the run after the report on the base model. A run that was
    stopped, however it was stopped, goes on from its last finished shard.

    The decode-only control is part of every run of a study that declares it; `--arm decode-only` runs it alone.

    An arm whose predicted cost exceeds what is left of its part of `budget.hours` is not begun: exit code 2, with what
    is lacking. `--over-budget` begins it all the same.

    Examples: `passgap run studies/autocomplete`, `passgap run studies/autocomplete --arm ssd`
    """
    opened_study = opened(study, as_json=as_json, over_budget=over_budget)
    report = opened_study.run(arms)
    if as_json:
        console.emit_json(report)
        return
    print_report(console.out, report)
    console.out.print(f"\nReport: {opened_study.folder.path / 'report.html'}", markup=False)
