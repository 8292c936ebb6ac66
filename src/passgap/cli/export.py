"""``passgap export``: recipe and data of one arm for those who train elsewhere."""

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
        help="axolotl, trl or jsonl for fine-tunes on examples, verl for reinforcement learning, or another target "
        "that is installed.",
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
    """Write recipe and data of a registered arm for those who train elsewhere; nothing is trained.

    The data are token ids with the tokens that carry a loss, exactly those that passgap would train on. What the arm
    needs and has not been drawn yet, such as samples of the pool, is drawn first. The folder's `README.md` says how to
    train and how to bring the checkpoint back with `passgap import-checkpoint`.

    Examples: `passgap export studies/autocomplete --arm ssd --to axolotl --out ssd-axolotl`,
    `passgap export studies/autocomplete --arm sft-external --to trl --out sft-trl`
    """
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
