"""``passgap report``: the report of what has been measured so far."""

from __future__ import annotations

from passgap.cli import console
from passgap.cli.study_options import StudyArgument, opened
from passgap.report.terminal import print_report


def report(study: StudyArgument, as_json: console.JsonOption = False) -> None:
    """Write `report.md`, `report.html` and `report.json` from what is on disk; measures nothing.

    Example: `passgap report studies/autocomplete`
    """
    opened_study = opened(study, as_json=as_json)
    written = opened_study.report()
    if as_json:
        console.emit_json(written)
    else:
        print_report(console.out, written)
        console.out.print(f"\nReport: {opened_study.folder.path / 'report.html'}", markup=False)
