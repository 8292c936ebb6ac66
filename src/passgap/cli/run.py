"""``passgap run``: everything up to the report, resumed from what is on disk."""

from __future__ import annotations

from typing import Annotated

import typer

from passgap.cli.output import JsonOption, emit_json, stdout
from passgap.cli.study_options import OverBudgetOption, StudyArgument, open_for_command
from passgap.report.terminal import print_report

ArmOption = Annotated[
    list[str] | None,
    typer.Option(
        "--arm",
        metavar="ARM",
        help="Run this arm whatever the verdict is, or `all` that are declared. May be given more than once.",
    ),
]


def run(
    study: StudyArgument,
    arms: ArmOption = None,
    over_budget: OverBudgetOption = False,
    as_json: JsonOption = False,
) -> None:
    """Measure, decide, and run the arm that the verdict calls for; write `report.md`, `report.html`, `report.json`.

    Without `--arm`, a verdict other than GO-SSD ends the run after the report on the base model. A run that was
    stopped or killed is resumed from its last finished shard.

    The decode-only control is part of every run of a study that declares it; `--arm decode-only` runs it alone.

    An arm with several `seeds` is carried out once for each, and compared when all of them are measured.

    An arm whose predicted cost exceeds the rest of `budget.hours` is not started: the message says how much is missing.
    `--over-budget` starts it anyway. An arm that is not started or fails does not stop the others: all such arms are
    named in the report and at the end, and the exit code is 2.

    Examples: `passgap run studies/autocomplete`, `passgap run studies/autocomplete --arm ssd --arm do-nothing`,
    `passgap run studies/autocomplete --arm all`
    """
    opened_study = open_for_command(study, as_json=as_json, over_budget=over_budget)
    report = opened_study.run(arms)
    if as_json:
        emit_json(report)
        return
    print_report(stdout, report)
    stdout.print(f"\nReport: {opened_study.folder.path / 'report.html'}", markup=False)
