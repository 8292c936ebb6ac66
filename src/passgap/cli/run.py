"""``passgap run``: everything up to the report, resumed from what is on disk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from passgap.cli.output import JsonOption, emit_json, stdout
from passgap.cli.study_options import OverBudgetOption, StudyArgument, open_for_command
from passgap.errors import StudyError
from passgap.report.second_round_document import second_round_document
from passgap.report.terminal import print_document, print_report

if TYPE_CHECKING:
    from passgap.study import Study

ArmOption = Annotated[
    list[str] | None,
    typer.Option(
        "--arm",
        metavar="ARM",
        help="Run this arm whatever the verdict is, or `all` that are declared. May be given more than once.",
    ),
]

RoundOption = Annotated[
    int,
    typer.Option(
        "--round",
        metavar="N",
        help="1, or 2 for the second round of one finished arm, through the gate. There is no third.",
    ),
]


def run(
    study: StudyArgument,
    arms: ArmOption = None,
    round_number: RoundOption = 1,
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

    `--round 2` asks the gate first, and refuses with its reasons where it is closed. Else the same recipe is carried
    out from the arm's round-1 checkpoint on the fresh problems under `round2`, and compared with round 1 and with the
    base model. `--arm` names the arm, `ssd` without it.

    Examples: `passgap run studies/autocomplete`, `passgap run studies/autocomplete --arm ssd --arm do-nothing`,
    `passgap run studies/autocomplete --arm all`, `passgap run studies/autocomplete --round 2 --arm ssd`
    """
    if round_number not in (1, 2):
        raise StudyError(
            f"--round {round_number}: there is a first round and a second one",
            ["`--round 2` carries out the second round of a finished arm, if the gate lets it."],
        )
    opened_study = open_for_command(study, as_json=as_json, over_budget=over_budget)
    if round_number == 2:
        _second_round(opened_study, arms, as_json=as_json)
        return
    report = opened_study.run(arms)
    if as_json:
        emit_json(report)
        return
    print_report(stdout, report)
    stdout.print(f"\nReport: {opened_study.folder.path / 'report.html'}", markup=False)


def _second_round(study: Study, arms: list[str] | None, *, as_json: bool) -> None:
    if arms is not None and len(arms) != 1:
        raise StudyError(
            "a second round is that of one arm", [f"Name one: `--round 2 --arm {arms[0]}`, and then the next."]
        )
    found = study.second_round(*(arms or ()))
    if as_json:
        emit_json(found)
        return
    print_document(stdout, second_round_document(found))
    stdout.print(f"\nReport: {study.folder.path / 'report.html'}", markup=False)
