"""The argument and the options of the commands that work on a study."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from passgap.study import Study

StudyArgument = Annotated[
    Path, typer.Argument(metavar="STUDY", help="The study's folder, or its `study.yaml`.", show_default=False)
]

OverBudgetOption = Annotated[
    bool,
    typer.Option(
        "--over-budget",
        help="Also begin work that exceeds what is left of the budget; the ledger says who did, and by how much.",
    ),
]


def open_for_command(path: Path, *, as_json: bool, over_budget: bool = False) -> Study:
    """Open a study, with progress bars unless the command prints JSON.

    Raises:
        StudyError: there is no study, or it is invalid; every problem is listed.
    """
    # Imported here: `check` has the argument as well, opens no study, and need not wait for these.
    from passgap.cli.progress_bars import Bars  # noqa: PLC0415
    from passgap.stages import Silent  # noqa: PLC0415
    from passgap.wiring import open_study  # noqa: PLC0415

    return open_study(path, Silent() if as_json else Bars(), over_budget=over_budget)
