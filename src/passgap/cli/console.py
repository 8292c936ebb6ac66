"""Where the command line writes: results on stdout, everything else on stderr."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from passgap import ports

    out: Console
    """Results, for people."""
    err: Console
    """Progress, notes and errors."""

JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout instead of text.")]


def __getattr__(name: str) -> Any:
    if name in ("out", "err"):
        return _console(name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


@cache
def _console(name: str) -> Console:
    """Make a console when it is first written to: help writes to none, and need not wait for rich."""
    from passgap.cli.escaping_console import Terminal  # noqa: PLC0415

    return Terminal(stderr=name == "err")


def emit_json(value: Any) -> None:
    """Print one JSON document; a record is printed as its fields. Control characters in it are escaped."""
    if hasattr(value, "model_dump"):
        value = value.model_dump(mode="json")
    text = json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False)
    sys.stdout.write("".join(each if each.isprintable() or each == "\n" else _escape(each) for each in text) + "\n")
    sys.stdout.flush()


def emit_refusal(summary: str, problems: Sequence[str] = ()) -> None:
    """Print a refusal as the one JSON document of a command that was asked for JSON."""
    emit_json({"refused": summary, "problems": list(problems)})


def _escape(character: str) -> str:
    r"""A character as JSON escapes it (``\u202e``), in two parts beyond the 16 bits of one."""
    return json.dumps(character)[1:-1]


class Bars:
    """Progress bars on stderr, for people only: silent where stderr is no terminal."""

    @contextmanager
    def task(self, title: str, total: int, *, done: int = 0, unit: str = "samples") -> Iterator[ports.Progress]:
        """Show one bar for as long as the block runs, and leave a line that says what it did."""
        from rich.progress import (  # noqa: PLC0415
            BarColumn,
            Progress,
            SpinnerColumn,
            TextColumn,
            TimeElapsedColumn,
            TimeRemainingColumn,
        )

        columns = (
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=32),
            TextColumn("{task.completed:.0f}/{task.total:.0f} " + unit),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
        )
        err = _console("err")
        with Progress(*columns, console=err, disable=not err.is_terminal) as progress:
            task = progress.add_task(title, total=total, completed=done)
            yield lambda steps: progress.advance(task, steps)
            progress.update(task, completed=total)

    def note(self, text: str) -> None:
        """Print one line, also where stderr is a file: a log should say how far it came."""
        _console("err").print(text, style="dim")
