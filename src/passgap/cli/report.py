"""``passgap report``: a report on everything that has been measured so far."""

from __future__ import annotations

from typing import Annotated

import typer

from passgap.cli.output import JsonOption, emit_json, stdout
from passgap.cli.study_options import StudyArgument, open_for_command
from passgap.report.terminal import print_report


def _print_schema(asked: bool) -> None:
    if asked:
        from passgap.report.schema import shipped_schema  # noqa: PLC0415 - only who asks for it needs it

        emit_json(shipped_schema())
        raise typer.Exit


SchemaOption = Annotated[
    bool,
    typer.Option(
        "--schema", callback=_print_schema, is_eager=True, help="Print the JSON schema of `report.json`, and exit."
    ),
]


def report(study: StudyArgument, schema: SchemaOption = False, as_json: JsonOption = False) -> None:
    """Write `report.md`, `report.html` and `report.json` from what is on disk, without measuring anything.

    `report.html` is one file, to be forwarded; `explorer.html` beside it shows every problem and sample, and needs its
    folder `explorer` (`passgap view STUDY` opens both). `report.md` fits the description of a pull request. The JSON
    schema of `report.json` is printed by `--schema`.

    Examples: `passgap report studies/autocomplete`, `passgap report --schema`
    """
    del schema  # it was printed, and nothing else done
    opened_study = open_for_command(study, as_json=as_json)
    written = opened_study.report()
    if as_json:
        emit_json(written)
    else:
        print_report(stdout, written)
        stdout.print(f"\nReport: {opened_study.folder.path / 'report.html'}", markup=False)
