"""Opening a study from what the command line was given."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from passgap.cli.console import Bars

if TYPE_CHECKING:
    from passgap.study import Study

StudyArgument = Annotated[
    Path, typer.Argument(metavar="STUDY", help="The study's folder, or its `study.yaml`.", show_default=False)
]

OverBudgetOption = Annotated[
    bool,
    typer.Option(
        "--over-budget",
        help="Begin also what does not fit into what is left of the budget; the ledger says who did, and by how much.",
    ),
]


def opened(path: Path, *, as_json: bool, over_budget: bool = False) -> Study:
    """Open a study; with ``--json`` nothing but the result is shown.

    Raises:
        StudyError: there is no study, or everything that is wrong with it.
    """
    from passgap.stages import Silent  # noqa: PLC0415 - `check` opens no study, and need not wait for this
    from passgap.wiring import open_study  # noqa: PLC0415

    return open_study(path, Silent() if as_json else Bars(), over_budget=over_budget)
