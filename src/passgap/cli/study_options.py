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
    """Open a study, with a live view unless the command prints JSON; what it does is kept in the study's log.

    Raises:
        StudyError: there is no study, or it is invalid; every problem is listed.
    """
    # Imported here: `check` has the argument as well, opens no study, and need not wait for these.
    from passgap.cli.live_view import LiveView  # noqa: PLC0415
    from passgap.study.budget import spent_hours  # noqa: PLC0415
    from passgap.wiring import open_study  # noqa: PLC0415

    view = LiveView(shown=not as_json)
    study = open_study(path, view, over_budget=over_budget)
    view.about(study, lambda: sum(spent_hours(study.folder).values()))
    return study
