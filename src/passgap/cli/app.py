"""The program: its commands, and the one place where an error becomes a message and an exit code."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Sequence
from typing import Annotated

import typer

from passgap._version import __version__
from passgap.cli import console
from passgap.errors import EXIT_DONE, EXIT_FAULT, PassgapError

EXIT_INTERRUPTED = 130

app = typer.Typer(
    name="passgap",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Is simple self-distillation the right next move for this code model, task family and budget? "
    "Measured, decided, and carried out if so.\n\n"
    "Begin with `passgap demo`, or with `passgap init` for a model of your own.",
)


def _show_version(asked: bool) -> None:
    if asked:
        console.out.print(__version__)
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    del version


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit: 0 done, 2 refused or invalid input, 1 a fault of passgap's."""
    _register()
    sys.exit(_run(arguments))


def _run(arguments: Sequence[str] | None) -> int:
    try:
        app(args=list(arguments) if arguments is not None else None)
    except SystemExit as ended:
        return _code(ended.code)
    except PassgapError as error:
        _say(error.summary, error.problems)
        return error.exit_code
    except KeyboardInterrupt:
        console.err.print("\nStopped. What was finished is kept; the same command goes on from there.")
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        return EXIT_DONE
    except Exception:  # noqa: BLE001 - the one boundary: whatever was not foreseen is our fault and says so
        console.err.print(traceback.format_exc(), markup=False)
        console.err.print("[bold red]This is a fault of passgap's.[/] What was finished is kept.")
        return EXIT_FAULT
    return EXIT_DONE


def _code(asked: object) -> int:
    """The exit code that the option parser asks for: 0 after help, 2 for a wrong option, 1 or 130 for an interrupt."""
    if asked in (EXIT_FAULT, EXIT_INTERRUPTED):
        console.err.print("Stopped. What was finished is kept; the same command goes on from there.")
        return EXIT_INTERRUPTED
    return asked if isinstance(asked, int) else EXIT_DONE


def _say(summary: str, problems: Sequence[str]) -> None:
    console.err.print("[bold red]passgap:[/] ", end="")
    console.err.print(summary, markup=False)
    for problem in problems:
        console.err.print(f"  - {problem}", markup=False)


def _register() -> None:
    """Import the verbs, each of which adds its commands to :data:`app`."""
    from passgap.cli import verbs  # noqa: F401, PLC0415 - the verbs import this module for `app`
