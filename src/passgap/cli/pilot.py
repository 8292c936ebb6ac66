"""``passgap pilot``: search an arm's recipe on development problems."""

from __future__ import annotations

from passgap.cli.output import JsonOption, emit_json, stdout
from passgap.cli.study_options import OverBudgetOption, StudyArgument, open_for_command
from passgap.report.sections.pilot import pilot_document
from passgap.report.terminal import print_document


def pilot(study: StudyArgument, over_budget: OverBudgetOption = False, as_json: JsonOption = False) -> None:
    """Search the recipe of an arm on development problems, and write the winner into the ledger.

    The section `pilot` of `study.yaml` declares the recipes and the rungs. Every recipe is trained for a few updates
    and measured on a few problems; the better ones go on from there, and the last rung measures whole recipes. A recipe
    is out if the whole interval of a probe of the battery lies beyond its tolerance, if it moved too far from the base
    model, or if its pass@1 fell. The others are ranked by how much likelier they make the base model's own right
    answers, each model at its own best temperature, so that a model that is only cooler gains nothing.

    `passgap register`, `train` and `run` take the winner's recipe from then on. Where none keeps the tolerances, the
    search ends as soon as that is known, and the arm is not run: a valid answer, with exit code 0.

    A search that was killed goes on where it was. `passgap plan` says what it takes at most; where the budget is too
    small, the last recipes of the list are cut, and the report names them.

    Examples: `passgap pilot studies/autocomplete`, `passgap pilot studies/autocomplete --json`

    All of it: `passgap plan STUDY && passgap pilot STUDY && passgap run STUDY --arm ssd`
    """
    opened = open_for_command(study, as_json=as_json, over_budget=over_budget)
    outcome = opened.pilot()
    if as_json:
        emit_json(outcome)
        return
    spec = opened.declared
    print_document(stdout, pilot_document(outcome, spec.name, spec.model.name, spec.budget.currency))
