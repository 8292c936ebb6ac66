"""``passgap sample``: the samples of one arm."""

from __future__ import annotations

from passgap.cli.arm_option import ArmOption
from passgap.cli.output import JsonOption, emit_json, stdout
from passgap.cli.study_options import OverBudgetOption, StudyArgument, open_for_command


def sample(
    study: StudyArgument,
    arm: ArmOption = "base",
    over_budget: OverBudgetOption = False,
    as_json: JsonOption = False,
) -> None:
    """Draw the samples that an arm needs: `base` on held-out problems, `ssd` on the pool.

    Example: `passgap sample studies/autocomplete --arm ssd`
    """
    artifact = open_for_command(study, as_json=as_json, over_budget=over_budget).sample(arm)
    manifest = artifact.manifest
    if as_json:
        written = manifest.model_dump(mode="json", exclude_unset=True)
        emit_json({"folder": str(artifact.folder), **dict(sorted(written.items()))})
    else:
        stdout.print(
            f"{manifest.samples} samples, {manifest.tokens} tokens, {manifest.truncated} truncated: {artifact.folder}",
            markup=False,
        )
