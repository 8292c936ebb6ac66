"""``passgap report``: a report on everything that has been measured so far, studies side by side, a model card."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from passgap.cli.output import JsonOption, emit_json, stdout
from passgap.cli.study_options import open_for_command
from passgap.errors import StudyError
from passgap.report.terminal import print_document, print_report


def _print_schema(asked: bool) -> None:
    if asked:
        from passgap.report.schema import shipped_schema  # noqa: PLC0415 - only who asks for it needs it

        emit_json(shipped_schema())
        raise typer.Exit


StudiesArgument = Annotated[
    list[Path],
    typer.Argument(metavar="STUDY...", help="The study's folder; with `--compare`, several.", show_default=False),
]
SchemaOption = Annotated[
    bool,
    typer.Option(
        "--schema", callback=_print_schema, is_eager=True, help="Print the JSON schema of `report.json`, and exit."
    ),
]
CompareOption = Annotated[
    bool, typer.Option("--compare", help="Show the reports of several studies side by side, and write none anew.")
]
CardOption = Annotated[
    str | None,
    typer.Option("--card", metavar="ARM", help="Also write a model card of this arm's candidate, `model-card-ARM.md`."),
]
OutOption = Annotated[
    Path | None,
    typer.Option("--out", metavar="FOLDER", help="With `--compare`: write `comparison.md` and `.html` there."),
]


def report(
    studies: StudiesArgument,
    compare: CompareOption = False,
    out: OutOption = None,
    card: CardOption = None,
    schema: SchemaOption = False,
    as_json: JsonOption = False,
) -> None:
    """Write `report.md`, `report.html` and `report.json` from what is on disk, without measuring anything.

    `report.html` is one file, to be forwarded; `explorer.html` beside it shows every problem and sample, and needs its
    folder `explorer-data` (`passgap view STUDY` opens both). `report.md` fits the description of a pull request.
    `--schema` prints the JSON schema of `report.json`.

    With `--compare`, what several studies have reported stands side by side, with what they differ in; nothing of one
    is subtracted from another. With `--card ARM`, a candidate gets a model card with the front matter of a model hub.

    Examples: `passgap report studies/autocomplete`, `passgap report --compare studies/spring studies/autumn`, `passgap
    report studies/autocomplete --card ssd`
    """
    del schema  # it was printed, and nothing else done
    if compare:
        _compare(studies, out, as_json=as_json)
        return
    if len(studies) != 1 or out is not None:
        raise StudyError(
            "a report is of one study", ["Add `--compare` to show several side by side; `--out` goes with it."]
        )
    opened_study = open_for_command(studies[0], as_json=as_json)
    written = opened_study.report()
    carded = opened_study.model_card(card, written) if card else None
    if as_json:
        emit_json(written)
        return
    print_report(stdout, written)
    stdout.print(f"\nReport: {opened_study.folder.path / 'report.html'}", markup=False)
    if carded is not None:
        stdout.print(f"Model card: {carded}", markup=False)


def _compare(studies: list[Path], out: Path | None, *, as_json: bool) -> None:
    from passgap.report.studies import compare_reports, read_report  # noqa: PLC0415 - only a comparison needs them
    from passgap.report.studies_document import studies_document  # noqa: PLC0415

    if len(studies) < 2:
        raise StudyError("one study cannot be compared", ["Name two or more: `passgap report --compare A B`."])
    compared = compare_reports([read_report(each) for each in studies])
    document = studies_document(compared)
    if out is not None:
        from passgap.report import write_document  # noqa: PLC0415

        write_document(document, out, "comparison")
    if as_json:
        emit_json(compared)
    else:
        print_document(stdout, document)
