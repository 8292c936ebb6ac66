"""The program: its commands, and the one place where an error becomes a message and an exit code."""

from __future__ import annotations

import io
import itertools
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from contextlib import redirect_stderr
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from passgap._version import __version__
from passgap.cli import console
from passgap.cli.commands import COMMANDS, Command, Group
from passgap.errors import EXIT_DONE, EXIT_FAULT, EXIT_REFUSED, PassgapError
from passgap.quiet import hush

EXIT_INTERRUPTED = 130

_LOOKS: dict[str, Any] = {
    "add_completion": False,
    # Plain help: the boxes of rich take as long to load as everything else that help needs.
    "rich_markup_mode": None,
    "pretty_exceptions_enable": False,
    "context_settings": {"help_option_names": ["-h", "--help"]},
}


class _Deferred(TyperCommand):
    """A command that is known by its name and one line of help until it is run; only then is its module imported."""

    def __init__(self, name: str, command: Command) -> None:
        super().__init__(name, help=command.summary, rich_markup_mode=None)
        self._command = command

    def get_short_help_str(self, limit: int = 0) -> str:
        """The line of help, whole: a list of commands wraps it."""
        del limit
        return self.help or ""

    def make_context(self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any) -> Any:
        """Parse the arguments of the real command; the context that comes back belongs to it."""
        return _command(self.name or "", self._command.load()).make_context(info_name, args, parent=parent, **extra)


class _Group(TyperGroup):
    """Commands under a common name, listed with the whole of their line of help."""

    def get_short_help_str(self, limit: int = 0) -> str:
        """The line of help, whole."""
        del limit
        return self.help or ""


def _command(name: str, function: Callable[..., Any]) -> Any:
    alone = typer.Typer(**_LOOKS)
    alone.command(name)(function)
    return typer.main.get_command(alone)


def _show_version(asked: bool) -> None:
    if asked:
        console.out.print(__version__)
        raise typer.Exit


def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    del version


def program(commands: Mapping[str, Command | Group] = COMMANDS) -> TyperGroup:
    """Build the program with its commands, none of which is imported yet."""
    app = typer.Typer(
        name="passgap",
        no_args_is_help=True,
        help="Is simple self-distillation the right next move for this code model, task family and budget? "
        "Measured, decided, and carried out if so.\n\n"
        "Begin with `passgap demo`, or with `passgap init` for a model of your own.",
        **_LOOKS,
    )
    app.callback()(_root)
    return _filled(typer.main.get_group(app), commands)


def _filled(group: TyperGroup, commands: Mapping[str, Command | Group]) -> TyperGroup:
    for name, each in commands.items():
        if isinstance(each, Group):
            inner = _Group(name=name, help=each.summary, no_args_is_help=True, rich_markup_mode=None)
            group.add_command(_filled(inner, each.commands), name)
        else:
            group.add_command(_Deferred(name, each), name)
    return group


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit: 0 done, 2 refused or invalid input, 1 a fault of passgap's."""
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
        closed = isinstance(exit_.__context__, BrokenPipeError)  # whoever read the output has enough of it
        ended = EXIT_DONE if closed else exit_.code
    except PassgapError as error:
        _refuse(error.summary, error.problems, as_json=as_json)
        return error.exit_code
    except (KeyboardInterrupt, typer.Abort):
        ended = EXIT_INTERRUPTED
    except BrokenPipeError:
        pass
    except Exception as error:  # noqa: BLE001 - the one boundary: whatever was not foreseen is our fault and says so
        if _is_usage_error(error):
            return _refuse_usage(error, as_json=as_json)
        console.err.print(traceback.format_exc())
        console.err.print("[bold red]This is a fault of passgap's.[/] What was finished is kept.", markup=True)
        return EXIT_FAULT
    return _code(ended)


def _is_usage_error(error: Any) -> bool:
    """Whether the option parser refused the arguments: its exceptions have no public name in every release."""
    return callable(getattr(error, "format_message", None)) and callable(getattr(error, "show", None))


def _refuse_usage(error: Any, *, as_json: bool) -> int:
    if as_json:
        console.emit_refusal("the command cannot be read", [error.format_message()])
    else:
        text = io.StringIO()
        with redirect_stderr(text):  # where some releases print help, whatever file they are given
            error.show()
        console.err.print(text.getvalue().rstrip("\n"), soft_wrap=True)
    return EXIT_REFUSED


def _code(asked: object) -> int:
    """The exit code that the option parser asks for: 0 after help, 2 for a wrong option, 1 or 130 for an interrupt."""
    if asked in (EXIT_FAULT, EXIT_INTERRUPTED):
        console.err.print("Stopped. What was finished is kept; the same command goes on from there.")
        return EXIT_INTERRUPTED
    return asked if isinstance(asked, int) else EXIT_DONE


def _refuse(summary: str, problems: Sequence[str], *, as_json: bool) -> None:
    """Tell of an error that a person can mend: as text on stderr, or as one JSON document on stdout."""
    if as_json:
        console.emit_refusal(summary, problems)
        return
    console.err.print("[bold red]passgap:[/] ", end="", markup=True)
    console.err.print(summary)
    for problem in problems:
        console.err.print(f"  - {problem}")
