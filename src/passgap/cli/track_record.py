"""``passgap track-record``: how often what the diagnostics foretold came true, over studies."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from passgap.cli.output import JsonOption, emit_json, stdout
from passgap.cli.results_options import LevelOption
from passgap.estimates import DEFAULT_LEVEL
from passgap.report.terminal import print_document
from passgap.report.track_record_document import track_record_document

if TYPE_CHECKING:
    from passgap.study.track_record import TrackRecord

StudiesArgument = Annotated[
    list[Path], typer.Argument(metavar="STUDY...", help="The studies' folders, or their `study.yaml`.")
]


def track_record(studies: StudiesArgument, level: LevelOption = DEFAULT_LEVEL, as_json: JsonOption = False) -> None:
    """Tell of each diagnostic how often what it foretold came true, over the ledgers of studies.

    `passgap run` puts into a study's ledger what the diagnostics foretell of an arm before the arm is registered, and
    what came of it. This reads both from any number of studies, with an interval over studies. It needs neither models
    nor artifacts: a ledger alone will do. Of copies of a study, the one with the longest ledger counts. What was
    foretold of an arm after its registration does not count.

    Examples: `passgap track-record studies/autocomplete studies/tests`, `passgap track-record studies/* --json`
    """
    from passgap.study import track_record as reading  # noqa: PLC0415 - help waits for nothing of it

    found = reading.track_record(*studies, level=level)
    if as_json:
        emit_json(found)
        return
    print_document(stdout, track_record_document(found.standings, found.level, _counted(found), tuple(_notes(found))))


def _counted(found: TrackRecord) -> str:
    finished = sum(bool(each.arms) for each in found.studies)
    arms = sum(len(each.arms) for each in found.studies)
    return f"{finished} of {len(found.studies)} studies hold predictions of finished arms; of {arms} such arms in all."


def _notes(found: TrackRecord) -> Iterator[str]:
    for folder in found.repeated:
        yield f"{folder} is a copy of another one here, and left out."
    for each in found.studies:
        if each.open:
            yield f"{each.folder}: no outcome yet of {', '.join(each.open)}."
        if each.late:
            yield f"{each.folder}: foretold after registration, and left out: {', '.join(each.late)}."
