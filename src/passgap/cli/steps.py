"""``passgap sample``, ``register``, ``train`` and ``evaluate``: one step of a study at a time."""

from __future__ import annotations

from typing import Annotated

import typer

from passgap.cli import console
from passgap.cli.study_options import OverBudgetOption, StudyArgument, opened
from passgap.recipes import Arm
from passgap.report.terminal import estimate_table

OneArm = Annotated[Arm, typer.Option("--arm", help="Which arm.")]


def sample(
    study: StudyArgument,
    arm: OneArm = Arm.BASE,
    over_budget: OverBudgetOption = False,
    as_json: console.JsonOption = False,
) -> None:
    """Draw the samples that an arm needs: `base` on the held-out problems, `ssd` on the pool.

    Example: `passgap sample studies/autocomplete --arm ssd`
    """
    artifact = opened(study, as_json=as_json, over_budget=over_budget).sample(arm)
    if as_json:
        console.emit_json({"folder": str(artifact.folder), **artifact.manifest})
    else:
        counts = artifact.manifest
        console.out.print(
            f"{counts['samples']} samples, {counts['tokens']} tokens, {counts['truncated']} truncated: "
            f"{artifact.folder}",
            markup=False,
        )


def register(study: StudyArgument, arm: OneArm = Arm.SSD, as_json: console.JsonOption = False) -> None:
    """Write an arm's recipe, battery and evaluation into the ledger: without it nothing is trained.

    Example: `passgap register studies/autocomplete`
    """
    entry = opened(study, as_json=as_json).register(arm)
    if as_json:
        console.emit_json(entry)
    else:
        console.out.print(
            f"Registered `{arm.value}` as entry {entry.sequence} by {entry.who} on {entry.time:%Y-%m-%d %H:%M} UTC, "
            f"hash {entry.hash}",
            markup=False,
        )


def train(
    study: StudyArgument,
    arm: OneArm = Arm.SSD,
    over_budget: OverBudgetOption = False,
    as_json: console.JsonOption = False,
) -> None:
    """Train an arm under its registration. Refused where there is none, or where the study was edited after it.

    Example: `passgap train studies/autocomplete --arm ssd`
    """
    trained = opened(study, as_json=as_json, over_budget=over_budget).train(arm)
    if as_json:
        console.emit_json({"checkpoint": str(trained.checkpoint), **trained.facts.model_dump(mode="json")})
    else:
        facts = trained.facts
        first, last = facts.losses[0][1], facts.losses[-1][1]
        console.out.print(
            f"{facts.trained} examples, {facts.steps} steps, loss {first:.3f} -> {last:.3f} nats a token: "
            f"{trained.checkpoint}",
            markup=False,
        )


def evaluate(
    study: StudyArgument,
    arm: OneArm = Arm.BASE,
    over_budget: OverBudgetOption = False,
    as_json: console.JsonOption = False,
) -> None:
    """Measure an arm's model on the held-out problems at production decoding.

    `--arm decode-only` sweeps the declared settings and shows the chosen one on problems that it was not chosen on.

    Example: `passgap evaluate studies/autocomplete --arm base`
    """
    table = opened(study, as_json=as_json, over_budget=over_budget).evaluate(arm)
    if as_json:
        console.emit_json(table)
    else:
        console.out.print(estimate_table(table, arm.caption))
