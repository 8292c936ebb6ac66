"""``passgap check``: intake. The study is valid, or every problem is listed."""

from __future__ import annotations

from passgap.cli.output import JsonOption, emit_json, stdout
from passgap.cli.study_options import StudyArgument
from passgap.study.checking import check_study


def check(study: StudyArgument, as_json: JsonOption = False) -> None:
    """Check a study and list everything that is missing or wrong in one message.

    Loads both task sets, the instruction data of `training.mix_path` and the external data of arms, counts the held-out
    problems, looks for pool problems and examples that are too close to them, and says by what the battery would read
    code in other languages than Python. Samples nothing.

    Example: `passgap check studies/autocomplete`
    """
    checked = check_study(study)
    if as_json:
        emit_json(checked)
        return
    stdout.print("[green]valid[/]  ", end="", markup=True)
    stdout.print(f"{' '.join(checked.study.split())}, digest {checked.digest[:12]}")
    stdout.print(
        f"{checked.heldout} held-out problems, {checked.pool} pool problems "
        f"({checked.removed} removed as too close to the held-out set)"
    )
    if checked.mixed:
        stdout.print(
            f"{checked.mixed} examples to mix in ({checked.mixed_removed} removed as too close to the held-out set)"
        )
    for arm, examples in checked.external.items():
        stdout.print(
            f"{examples} examples for {arm} ({checked.external_removed[arm]} removed as too close to the held-out set)"
        )
    hours = ", ".join(f"{part} {value:.2g}" for part, value in checked.estimated_hours.items())
    stdout.print(f"device-hours at least, from the declared parameters (nothing is measured yet): {hours}")
    if checked.before_cutoff:
        stdout.print(f"{checked.before_cutoff} held-out problems are dated before the model's cutoff")
    for note in checked.notes:
        stdout.print(f"note   {note}", style="dim")
    for flag in checked.flags:
        stdout.print("[yellow]flag[/]   ", end="", markup=True)
        stdout.print(flag)
