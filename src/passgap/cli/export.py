"""``passgap export``: one arm's recipe and data for those who train elsewhere, or an experiment for who serves it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from passgap.cli.arm_option import ArmOption
from passgap.cli.output import JsonOption, emit_json, stdout
from passgap.cli.study_options import StudyArgument, open_for_command

TargetOption = Annotated[
    str,
    typer.Option(
        "--to",
        metavar="TARGET",
        help="axolotl, trl or jsonl for fine-tunes on examples, verl for reinforcement learning; envoy, argo or kserve "
        "for the experiment of `serve.yaml`; or another target that is installed.",
        show_default=False,
    ),
]

OutOption = Annotated[Path, typer.Option("--out", metavar="DIR", help="A new folder.", show_default=False)]

SeedOption = Annotated[
    int | None,
    typer.Option(
        "--seed", metavar="SEED", help="Which of the seeds that the arm is repeated with; the first otherwise."
    ),
]


def export(
    study: StudyArgument,
    target: TargetOption,
    out: OutOption,
    arm: ArmOption = "ssd",
    seed: SeedOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write an arm for those who train it elsewhere, or an experiment for those who serve it elsewhere.

    Of a registered arm, recipe and data are written: token ids with the tokens that carry a loss, exactly those that
    passgap would train on. What the arm needs and has not been drawn yet, such as samples of the pool, is drawn first.
    The folder's `README.md` says how to train and how to bring the checkpoint back with `passgap import-checkpoint`.
    Nothing is trained.

    For `envoy`, `argo` and `kserve`, the mirroring, the split and the rollback that `serve.yaml` declares are written
    as the manifests of that traffic manager, with an analysis that reads passgap's monitors.

    Examples: `passgap export studies/autocomplete --arm ssd --to axolotl --out ssd-axolotl`,
    `passgap export studies/autocomplete --arm sft-external --to trl --out sft-trl`,
    `passgap export studies/autocomplete --to envoy --out envoy`
    """
    from passgap.promotion.exports import DEPLOYMENTS  # noqa: PLC0415 - help needs none of it

    if target in DEPLOYMENTS:
        deployed = open_for_command(study, as_json=as_json).export_deployment(target, out)
        if as_json:
            emit_json(deployed)
            return
        stdout.print(f"{', '.join(deployed.files)}: {deployed.folder}", markup=False)
        stdout.print(f"How to run it: {deployed.folder / 'README.md'}", markup=False)
        return
    written = open_for_command(study, as_json=as_json).export(arm, target, out, seed)
    if as_json:
        emit_json(written)
        return
    loss = f", {written.loss_tokens} tokens with a loss in one pass" if written.loss_tokens else ""
    stdout.print(
        f"{written.examples} examples ({written.dropped_too_long} too long, left out){loss}: {written.folder}",
        markup=False,
    )
    stdout.print(f"How to train and to bring the checkpoint back: {written.folder / 'README.md'}", markup=False)
