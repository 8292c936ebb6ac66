"""``passgap import-checkpoint``: a checkpoint that was trained elsewhere, with its measured hours."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from passgap.cli.arm_option import ArmOption
from passgap.cli.export import SeedOption
from passgap.cli.output import JsonOption, emit_json, stdout
from passgap.cli.study_options import StudyArgument, open_for_command

CheckpointOption = Annotated[
    Path,
    typer.Option(
        "--checkpoint",
        metavar="DIR",
        help="The trained model in Hugging Face layout with safetensors, or LoRA adapters of the base model.",
        show_default=False,
    ),
]

HoursOption = Annotated[
    float,
    typer.Option(
        "--hours",
        metavar="H",
        min=0.0,
        help="Device-hours of the training, over all devices, with attempts that failed.",
        show_default=False,
    ),
]

DeviceOption = Annotated[
    str | None, typer.Option("--device", metavar="TEXT", help="What they are hours of, for the report, such as H100.")
]

LogOption = Annotated[
    Path | None,
    typer.Option(
        "--log",
        metavar="FILE",
        help="The losses: `trainer_state.json` of Hugging Face trainers, or JSON lines with `step` and `loss`.",
    ),
]


def import_checkpoint(
    study: StudyArgument,
    checkpoint: CheckpointOption,
    hours: HoursOption,
    arm: ArmOption = "ssd",
    device: DeviceOption = None,
    log: LogOption = None,
    seed: SeedOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take a checkpoint that was trained elsewhere for a registered arm, with its device-hours.

    The weights must be those of the base model after training: the same architecture, vocabulary and shapes, and not
    the base model itself. LoRA adapters are merged. The hours go into the ledger and the budget as they are declared,
    and the report says that they were not metered. After it, `passgap run STUDY --arm ARM` evaluates, probes and
    reports the arm as any other one.

    Example: `passgap import-checkpoint studies/autocomplete --arm ssd --checkpoint out/checkpoint --hours 3.5 --device
    H100`
    """
    from passgap.errors import StudyError  # noqa: PLC0415 - help needs neither
    from passgap.ports import DeclaredTraining  # noqa: PLC0415

    if not 0.0 < hours < float("inf"):
        raise StudyError("the hours of a training are above 0", [f"--hours: {hours:g}. A training takes some time."])
    declared = DeclaredTraining(checkpoint=checkpoint, hours=hours, device=device, log=log)
    taken = open_for_command(study, as_json=as_json).import_checkpoint(arm, declared, seed)
    if as_json:
        emit_json({"checkpoint": str(taken.checkpoint), "hours": hours, "registration": taken.registration})
        return
    stdout.print(f"{hours:g} device-hours, declared and not metered: {taken.checkpoint}", markup=False)
    stdout.print(f"Next: `passgap run {study} --arm {arm}` measures and reports it.", markup=False)
