"""``passgap gate``: whether a second round may begin."""

from __future__ import annotations

from typing import Annotated

import typer

from passgap.cli import console
from passgap.cli.study_options import StudyArgument, opened
from passgap.recipes import Arm
from passgap.report.gate import gate_panel
from passgap.report.terminal import battery_table

RoundOne = Annotated[Arm, typer.Option("--arm", help="The arm whose first round is finished.")]


def gate(study: StudyArgument, arm: RoundOne = Arm.SSD, as_json: console.JsonOption = False) -> None:
    """Say whether a second round may follow a finished first one: every condition by name, met or missed.

    Measures nothing. A closed gate is an answer, with exit code 0; without a finished first round there is nothing to
    gate, and the exit code is 2. The fresh pool and held-out set of round 2 stand in the study under `round2`.

    Example: `passgap gate studies/autocomplete`
    """
    answer = opened(study, as_json=as_json).gate(arm)
    if as_json:
        console.emit_json(answer)
        return
    console.out.print(gate_panel(answer))
    console.out.print(battery_table(answer.battery))
