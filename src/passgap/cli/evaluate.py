"""``passgap evaluate``: the evaluation of one arm."""

from __future__ import annotations

from passgap.arms import arm_of
from passgap.cli.arm_option import ArmOption
from passgap.cli.output import JsonOption, emit_json, stdout
from passgap.cli.study_options import OverBudgetOption, StudyArgument, open_for_command
from passgap.report.tables import estimates_summary
from passgap.report.terminal import print_blocks


def evaluate(
    study: StudyArgument,
    arm: ArmOption = "base",
    over_budget: OverBudgetOption = False,
    as_json: JsonOption = False,
) -> None:
    """Measure an arm's model on the held-out problems at production decoding.

    `--arm decode-only` sweeps the declared settings and shows the chosen one on problems that it was not chosen on.

    An arm that is registered, as those that train or show solved problems, is registered first.

    Examples: `passgap evaluate studies/autocomplete`, `passgap evaluate studies/autocomplete --arm retrieval`
    """
    table = open_for_command(study, as_json=as_json, over_budget=over_budget).evaluate(arm)
    if as_json:
        emit_json(table)
    else:
        print_blocks(stdout, estimates_summary(arm_of(arm).caption, table))
