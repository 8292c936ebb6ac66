"""Where the command line writes: results on stdout, everything else on stderr."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import typer
from pydantic import BaseModel
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from passgap import ports

JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout instead of text.")]

out = Console(highlight=False, soft_wrap=False)
err = Console(stderr=True, highlight=False)


def emit_json(value: Any) -> None:
    """Print one JSON document."""
    if isinstance(value, BaseModel):
        value = value.model_dump(mode="json")
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


class Bars:
    """Progress bars on stderr, for people only: silent where stderr is no terminal."""

    @contextmanager
    def task(self, title: str, total: int, *, done: int = 0, unit: str = "samples") -> Iterator[ports.Progress]:
        """Show one bar for as long as the block runs, and leave a line that says what it did."""
        columns = (
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=32),
            TextColumn("{task.completed:.0f}/{task.total:.0f} " + unit),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
        )
        with Progress(*columns, console=err, disable=not err.is_terminal) as progress:
            task = progress.add_task(title, total=total, completed=done)
            yield lambda steps: progress.advance(task, steps)
            progress.update(task, completed=total)

    def note(self, text: str) -> None:
        """Print one line, also where stderr is a file: a log should say how far it came."""
        err.print(text, style="dim")
