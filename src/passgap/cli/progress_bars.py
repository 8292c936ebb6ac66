"""Progress bars on stderr."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from passgap.cli.output import stderr

if TYPE_CHECKING:
    from passgap import ports


class Bars:
    """Progress bars for people: not shown where stderr is not a terminal."""

    @contextmanager
    def task(self, title: str, total: int, *, done: int = 0, unit: str = "samples") -> Iterator[ports.Progress]:
        """Show one bar for as long as the block runs, and leave it with the total when the block ends."""
        columns = (
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=32),
            TextColumn("{task.completed:.0f}/{task.total:.0f} " + unit),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
        )
        with Progress(*columns, console=stderr, disable=not stderr.is_terminal) as progress:
            task = progress.add_task(title, total=total, completed=done)
            yield lambda steps: progress.advance(task, steps)
            progress.update(task, completed=total)

    def note(self, text: str) -> None:
        """Print one line, also where stderr is a file: a log should say how far the command came."""
        stderr.print(text, style="dim")
