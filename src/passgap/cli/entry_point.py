"""The entry point of the command line: the one place where an error becomes a message and an exit code.

The console is imported when something is written to it: ``passgap --help`` does not wait for rich.
"""

from __future__ import annotations

import io
import itertools
import sys
import traceback
from collections.abc import Sequence
from contextlib import redirect_stderr
from typing import Any

import typer

from passgap.cli.app import program
from passgap.errors import EXIT_DONE, EXIT_FAULT, EXIT_REFUSED, PassgapError
from passgap.quiet import hush

EXIT_INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit: 0 done, 2 refused or invalid input, 1 a bug in passgap, 130 interrupted.

    Args:
        arguments: what follows ``passgap``; by default the arguments of this process.
    """
    hush()
    sys.set_int_max_str_digits(0)  # tests may hold integers of any length; their files are the user's own
    sys.exit(_run(arguments))


def _run(arguments: Sequence[str] | None) -> int:
    given = list(sys.argv[1:] if arguments is None else arguments)
    as_json = "--json" in itertools.takewhile(lambda each: each != "--", given)
    ended: object = EXIT_DONE
    try:
        ended = program()(args=given, prog_name="passgap", standalone_mode=False)
    except SystemExit as exit_:
        closed = isinstance(
            exit_.__context__, BrokenPipeError
        )  # the reader of the output has closed it, as `head` does
        ended = EXIT_DONE if closed else exit_.code
    except PassgapError as error:
        _print_refusal(error.summary, error.problems, as_json=as_json)
        return error.exit_code
    except (KeyboardInterrupt, typer.Abort):
        ended = EXIT_INTERRUPTED
    except BrokenPipeError:
        pass
    except Exception as error:  # noqa: BLE001 - the one boundary: an unforeseen exception is a bug and is called one
        if _is_usage_error(error):
            return _refuse_usage(error, as_json=as_json)
        _print_bug(traceback.format_exc())
        return EXIT_FAULT
    return _exit_code(ended)


def _is_usage_error(error: Any) -> bool:
    """Whether the option parser refused the arguments: its exceptions have no public name in every release."""
    return callable(getattr(error, "format_message", None)) and callable(getattr(error, "show", None))


def _refuse_usage(error: Any, *, as_json: bool) -> int:
    from passgap.cli.output import emit_refusal, stderr  # noqa: PLC0415

    if as_json:
        emit_refusal("the command cannot be read", [error.format_message()])
    else:
        text = io.StringIO()
        with redirect_stderr(text):  # some releases print help there, whatever file they are given
            error.show()
        stderr.print(text.getvalue().rstrip("\n"), soft_wrap=True)
    return EXIT_REFUSED


def _exit_code(ended: object) -> int:
    """The exit code from the option parser's: 0 after help, 2 for a wrong option, 1 or 130 for an interrupt."""
    if ended in (EXIT_FAULT, EXIT_INTERRUPTED):
        from passgap.cli.output import stderr  # noqa: PLC0415

        stderr.print("Stopped. What was finished is kept; the same command goes on from there.")
        return EXIT_INTERRUPTED
    return ended if isinstance(ended, int) else EXIT_DONE


def _print_refusal(summary: str, problems: Sequence[str], *, as_json: bool) -> None:
    """Print an error that a person can fix: as text on stderr, or as one JSON document on stdout."""
    from passgap.cli.output import emit_refusal, stderr  # noqa: PLC0415

    if as_json:
        emit_refusal(summary, problems)
        return
    stderr.print("[bold red]passgap:[/] ", end="", markup=True)
    stderr.print(summary)
    for problem in problems:
        stderr.print(f"  - {problem}")


def _print_bug(trace: str) -> None:
    from passgap.cli.output import stderr  # noqa: PLC0415

    stderr.print(trace)
    stderr.print("[bold red]This is a bug in passgap.[/] What was finished is kept.", markup=True)
