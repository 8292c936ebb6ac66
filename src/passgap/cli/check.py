"""``passgap check``: intake, valid or everything that is missing."""

from __future__ import annotations

from passgap.cli import console
from passgap.cli.study_options import StudyArgument
from passgap.study.checking import check_study


def check(study: StudyArgument, as_json: console.JsonOption = False) -> None:
    """Check a study: valid, or all that is missing and wrong in one message.

    Loads both task sets and the instruction data of `training.mix_path`, counts the held-out problems and looks for
    what is too close to them. Samples nothing. Example: `passgap check studies/autocomplete`
    """
    checked = check_study(study)
    if as_json:
        console.emit_json(checked)
        return
    console.out.print("[green]valid[/]  ", end="", markup=True)
    console.out.print(f"{' '.join(checked.study.split())}, digest {checked.digest[:12]}")
    console.out.print(
        f"{checked.heldout} held-out problems, {checked.pool} pool problems "
        f"({checked.removed} removed as too close to the held-out set)"
    )
    if checked.mixed:
        console.out.print(
            f"{checked.mixed} examples to mix in ({checked.mixed_removed} removed as too close to the held-out set)"
        )
    hours = ", ".join(f"{part} {value:.2g}" for part, value in checked.estimated_hours.items())
    console.out.print(f"device-hours at least, from the declared parameters (nothing is measured yet): {hours}")
    if checked.before_cutoff:
        console.out.print(f"{checked.before_cutoff} held-out problems are dated before the model's cutoff")
    for flag in checked.flags:
        console.out.print("[yellow]flag[/]   ", end="", markup=True)
        console.out.print(flag)
