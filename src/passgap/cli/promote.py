"""``passgap promote``: the registry of checkpoints, and the moves from candidate to production."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from passgap.cli.export import SeedOption
from passgap.cli.output import JsonOption, emit_json, stdout
from passgap.cli.study_options import StudyArgument, open_for_command

if TYPE_CHECKING:
    from passgap.decisions.promotion import PromotionWaiver
    from passgap.study import Study

PromotedArm = Annotated[
    str | None, typer.Option("--arm", metavar="ARM", help="Register the checkpoint of this finished arm as candidate.")
]

RoundOption = Annotated[
    int, typer.Option("--round", metavar="N", help="2 for the checkpoint of the arm's second round.")
]

WaiveOption = Annotated[
    list[str] | None,
    typer.Option(
        "--waive",
        metavar="NAME=REASON",
        help="Answer for an objection that can be waived, by its name: a probe, `lift`, `rehearsal`; "
        "with --to, `monitor`. Repeatable.",
    ),
]

ToOption = Annotated[
    str | None,
    typer.Option("--to", metavar="STATE", help="Move a checkpoint: candidate, shadow, canary, production, retired."),
]

CheckpointOption = Annotated[
    str,
    typer.Option("--checkpoint", metavar="ID", help="Which one: its id, the beginning of one, or an alias."),
]

WhyOption = Annotated[str, typer.Option("--why", metavar="TEXT", help="The reason, for the ledger.")]

SignOption = Annotated[
    Path | None,
    typer.Option(
        "--sign",
        metavar="KEY",
        help="With --arm: sign the checkpoint first, with this private key (PEM, elliptic curve).",
    ),
]

CollectOption = Annotated[
    bool,
    typer.Option(
        "--collect",
        help="Delete the files of checkpoints that were retired longer ago than `promotion.retention_days`; never "
        "those of the base model or of production.",
    ),
]

DryRunOption = Annotated[bool, typer.Option("--dry-run", help="With --collect: only say what would be deleted.")]


def promote(  # noqa: PLR0913, PLR0917 - each is an option of the command line
    study: StudyArgument,
    arm: PromotedArm = None,
    seed: SeedOption = None,
    round_number: RoundOption = 1,
    waive: WaiveOption = None,
    sign: SignOption = None,
    to: ToOption = None,
    checkpoint: CheckpointOption = "candidate",
    why: WhyOption = "",
    collect: CollectOption = False,
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
) -> None:
    """Register a checkpoint that the evidence carries, move it from shadow to production, or list what is there.

    A checkpoint is refused without a held-out result with its interval, a contamination check, a battery within its
    tolerances, an open gate behind a second round, or the very files that were measured; all reasons are listed at
    once. Every change of state is an entry of the study's ledger. Without options, the checkpoints are listed. Gateways
    with `roles: registry` follow every change at once; where `promotion.mlflow.decides` is `mlflow`, the aliases that
    were changed there are taken over first.

    Examples: `passgap promote studies/autocomplete --arm ssd`, `passgap promote studies/autocomplete --to shadow --why
    "held-out lift of 4 pp"`, `passgap promote studies/autocomplete --collect --dry-run`
    """
    from passgap.errors import StudyError  # noqa: PLC0415 - help needs neither
    from passgap.promotion.registry import State  # noqa: PLC0415

    _refuse_contradictions(arm, to, waive, collect, dry_run, round_number)
    if sign is not None and arm is None:
        raise StudyError("--sign: is for registering a checkpoint, and needs --arm")
    if to is not None and to not in tuple(State):
        raise StudyError(f"--to {to}: there is no such state", [f"States: {', '.join(State)}."])
    opened = open_for_command(study, as_json=as_json)
    if collect:
        _collect(opened, dry_run=dry_run, as_json=as_json)
        return
    if arm is not None:
        opened.promote(
            arm,
            seed=seed,
            second_round=round_number == 2,
            why=why,
            waivers=_waivers(waive or []),
            key=sign,
        )
    elif to is not None:
        opened.move_checkpoint(checkpoint, State(to), why=why, waivers=_waivers(waive or []))
    elif opened.follows_mlflow:
        opened.follow_aliases()
    _show(opened, as_json=as_json)


def _refuse_contradictions(
    arm: str | None, to: str | None, waive: list[str] | None, collect: bool, dry_run: bool, round_number: int
) -> None:
    from passgap.errors import StudyError  # noqa: PLC0415

    problems = []
    if sum((arm is not None, to is not None, collect)) > 1:
        problems.append("--arm, --to and --collect: one at a time. Register a checkpoint first, then move it.")
    if waive and arm is None and to is None:
        problems.append("--waive: is for registering or moving a checkpoint, and needs --arm or --to.")
    if dry_run and not collect:
        problems.append("--dry-run: is for --collect.")
    if round_number not in (1, 2) or (round_number == 2 and arm is None):
        problems.append(f"--round {round_number}: 1 or 2, with --arm.")
    if problems:
        raise StudyError("these options do not go together", problems)


def _waivers(given: list[str]) -> list[PromotionWaiver]:
    from passgap.decisions.promotion import PromotionWaiver  # noqa: PLC0415
    from passgap.errors import StudyError  # noqa: PLC0415

    split = [each.partition("=") for each in given]
    lacking = [name for name, _, reason in split if not name.strip() or not reason.strip()]
    if lacking:
        raise StudyError(
            "a waiver has a name and a reason",
            [
                f"--waive {each}: the reason is missing. Example: `--waive length='answers may be longer'`."
                for each in lacking
            ],
        )
    return [PromotionWaiver(name=name.strip(), reason=reason.strip()) for name, _, reason in split]


def _collect(opened: Study, *, dry_run: bool, as_json: bool) -> None:
    found = opened.collect(delete=not dry_run)
    if as_json:
        emit_json(
            {
                "deleted": [each.id for each in found.deleted],
                "bytes": found.bytes,
                "kept": {each.id: why for each, why in found.kept},
                "dry_run": dry_run,
            }
        )
        return
    done = "would be deleted" if dry_run else "deleted"
    for each in found.deleted:
        stdout.print(f"{done}: {each.short} ({each.manifest.arm}), {each.manifest.bytes / 1e6:.0f} MB", markup=False)
    for each, why in found.kept:
        stdout.print(f"kept: {each.short} ({each.manifest.arm}): {why}", markup=False)
    if not found.deleted:
        stdout.print("nothing to delete", markup=False)


def _show(opened: Study, *, as_json: bool) -> None:
    from passgap.report.checkpoints_document import checkpoint_list, checkpoints_document  # noqa: PLC0415
    from passgap.report.terminal import print_document  # noqa: PLC0415

    registry = opened.registry
    listed = checkpoint_list(opened.declared.name, registry.checkpoints(), registry.production, registry.candidate)
    if as_json:
        emit_json(listed)
        return
    print_document(stdout, checkpoints_document(listed))
