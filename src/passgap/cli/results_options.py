"""Options of the commands that estimate from results which exist already."""

from __future__ import annotations

from typing import Annotated

import typer

from passgap.cli.output import stderr
from passgap.errors import StudyError
from passgap.logs import ImportedLog

KOption = Annotated[str | None, typer.Option("--k", help="The k of pass@k, separated by commas.", metavar="1,4,8,16")]
LevelOption = Annotated[float, typer.Option(min=0.5, max=0.999, help="The confidence level of the intervals.")]


def parse_ks(text: str | None) -> tuple[int, ...] | None:
    """The values of ``--k`` in ascending order; None where the option was not given.

    Raises:
        StudyError: the text is not a list of positive whole numbers.
    """
    if text is None:
        return None
    try:
        ks = tuple(sorted({int(part) for part in text.split(",")}))
    except ValueError as error:
        raise StudyError(f"--k {text!r} is not a list of whole numbers", ["Example: `--k 1,4,8,16`."]) from error
    if ks[0] < 1:
        raise StudyError(f"--k {text!r} holds a number below 1", ["Example: `--k 1,4,8,16`."])
    return ks


def print_notes(*logs: ImportedLog) -> None:
    """Print on stderr the decisions that were taken while the logs were read, with ``--json`` too."""
    for note in dict.fromkeys(note for log in logs for note in log.notes):
        stderr.print(note, style="dim", markup=False)
