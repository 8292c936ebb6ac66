"""``passgap train``: the fine-tune of one arm."""

from __future__ import annotations

from passgap.cli.arm_option import ArmOption
from passgap.cli.output import JsonOption, emit_json, stdout
from passgap.cli.study_options import OverBudgetOption, StudyArgument, open_for_command


def train(
    study: StudyArgument,
    arm: ArmOption = "ssd",
    over_budget: OverBudgetOption = False,
    as_json: JsonOption = False,
) -> None:
    """Train an arm as registered. Refused without a registration, or if the study was edited after it.

    An arm with several `seeds` is trained with each of them; the checkpoint of the first is shown. A fine-tune that was
    killed goes on from its last checkpoint, and one that is finished is shown again. It runs in a process of its own,
    or in one for each GPU that is visible.

    Example: `passgap train studies/autocomplete --arm ssd`

    On the second GPU alone: `CUDA_VISIBLE_DEVICES=1 passgap train studies/autocomplete --arm rejection-sampling`

    Losses, dose curve and peak memory as JSON: `passgap train studies/autocomplete --arm ssd --json`
    """
    trained = open_for_command(study, as_json=as_json, over_budget=over_budget).train(arm)
    facts = trained.training
    assert facts is not None, "an arm that was trained has counts of it"
    if as_json:
        emit_json({"checkpoint": str(trained.checkpoint), **facts.model_dump(mode="json")})
    else:
        losses = [loss for _, loss in facts.losses]
        course = f", loss {losses[0]:.3f} -> {losses[-1]:.3f} {facts.loss_unit}" if losses else ""
        stdout.print(f"{facts.trained} {facts.noun}, {facts.steps} steps{course}: {trained.checkpoint}", markup=False)
