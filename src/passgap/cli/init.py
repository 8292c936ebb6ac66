"""``passgap init``: a commented study to start from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from passgap.cli.output import JsonOption, emit_json, stdout
from passgap.errors import StudyError
from passgap.spec.template import study_template
from passgap.store import write_text


def init(
    folder: Annotated[Path, typer.Argument(help="The folder of the new study.")] = Path(),
    as_json: JsonOption = False,
) -> None:
    """Write a commented `study.yaml`, valid as it stands for the embedded model and the starter set.

    Example: `passgap init studies/autocomplete`, edit the file, then `passgap check studies/autocomplete`.
    """
    target = folder / "study.yaml"
    if target.exists():
        raise StudyError(f"{target} is there already", ["Edit it, or name another folder: nothing is overwritten."])
    write_text(target, study_template(folder.resolve().name))
    if as_json:
        emit_json({"study": str(target)})
    else:
        stdout.print(f"Wrote {target}. Edit it, then: passgap check {folder}", markup=False)
