"""``passgap gate``: whether a second round may start."""

from __future__ import annotations

from typing import Annotated

import typer

from passgap.cli.output import JsonOption, emit_json, stdout
from passgap.cli.study_options import StudyArgument, open_for_command
from passgap.report.gate_document import gate_document
from passgap.report.terminal import print_document

RoundOne = Annotated[str, typer.Option("--arm", metavar="ARM", help="The arm whose first round is finished.")]


def gate(study: StudyArgument, arm: RoundOne = "ssd", as_json: JsonOption = False) -> None:
    """Say whether a second round may follow a finished first one, and which conditions are met or missed.

    Measures nothing. A closed gate is a valid answer, with exit code 0; without a finished first round there is nothing
    to gate, and the exit code is 2. The study declares the fresh pool and held-out set of round 2 under `round2`.

    Example: `passgap gate studies/autocomplete`
    """
    answer = open_for_command(study, as_json=as_json).gate(arm)
    if as_json:
        emit_json(answer)
        return
    print_document(stdout, gate_document(answer))
