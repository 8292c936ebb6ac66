"""Opening a study from what the command line was given."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from passgap.cli.console import Bars
from passgap.stages import ProgressReporter, Silent
from passgap.study import Study
from passgap.workbench import open_study

StudyArgument = Annotated[
    Path, typer.Argument(metavar="STUDY", help="The study's folder, or its `study.yaml`.", show_default=False)
]


def opened(path: Path, *, as_json: bool) -> Study:
    """Open a study; with ``--json`` nothing but the result is shown.

    Raises:
        StudyError: there is no study, or everything that is wrong with it.
    """
    progress: ProgressReporter = Silent() if as_json else Bars()
    return open_study(path, progress)
