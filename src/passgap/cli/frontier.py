"""``passgap frontier``: whether an arm is more than the base model at a lower temperature."""

from __future__ import annotations

from typing import Annotated

import typer

from passgap.cli.output import JsonOption, emit_json, stdout
from passgap.cli.study_options import OverBudgetOption, StudyArgument, open_for_command
from passgap.report.frontier_document import frontier_document
from passgap.report.terminal import print_document

ArmsOption = Annotated[
    list[str] | None,
    typer.Option("--arm", metavar="ARM", help="Only this arm beside the base model. May be given more than once."),
]


def frontier(
    study: StudyArgument, arms: ArmsOption = None, over_budget: OverBudgetOption = False, as_json: JsonOption = False
) -> None:
    """Measure base model and arms at several decodings, and say of each arm whether it is more than a cooler model.

    Self-distillation sharpens a model, and so does a lower temperature. Base model and every arm that has a model are
    measured over the same decodings on development problems. An arm is more than a cooler model if its pass@1 lies
    above what the base model reaches at any decoding with the same pass@k (or diversity).

    Each model's own best decoding is chosen there and reported on the held-out problems, beside production decoding.
    The battery is shown at production decoding, and against the base model at the temperature that matches the arm's
    diversity. What was measured is kept and not measured again. `passgap report` shows it from then on.

    The sweep is declared under `frontier` in the study, and has defaults.

    Examples: `passgap frontier studies/autocomplete`, `passgap frontier studies/autocomplete --arm ssd --json`
    """
    found = open_for_command(study, as_json=as_json, over_budget=over_budget).frontier(arms)
    if as_json:
        emit_json(found)
        return
    print_document(stdout, frontier_document(found))
