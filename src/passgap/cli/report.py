"""``passgap report``: a report on everything that has been measured so far."""

from __future__ import annotations

from passgap.cli.output import JsonOption, emit_json, stdout
from passgap.cli.study_options import StudyArgument, open_for_command
from passgap.report.terminal import print_report


def report(study: StudyArgument, as_json: JsonOption = False) -> None:
    """Write `report.md`, `report.html` and `report.json` from what is on disk, without measuring anything.

    Example: `passgap report studies/autocomplete`
    """
    opened_study = open_for_command(study, as_json=as_json)
    written = opened_study.report()
    if as_json:
        emit_json(written)
    else:
        print_report(stdout, written)
        stdout.print(f"\nReport: {opened_study.folder.path / 'report.html'}", markup=False)
