"""Typer commands whose modules are imported when they are run, so that a list of commands imports none of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

SETTINGS: dict[str, Any] = {
    "add_completion": False,
    # Plain help: loading rich takes as long as everything else that help needs.
    "rich_markup_mode": None,
    "pretty_exceptions_enable": False,
    "context_settings": {"help_option_names": ["-h", "--help"]},
}
"""The settings of every Typer application here."""


@dataclass(frozen=True)
class Command:
    """A verb: the function ``verb`` of the module ``passgap.cli.<verb>``, whose parameters are its options."""

    verb: str
    summary: str
    """The first paragraph of the function's docstring."""

    def load(self) -> Callable[..., Any]:
        """Import the verb's module and return its function."""
        function: Callable[..., Any] = getattr(import_module(f"passgap.cli.{self.verb}"), self.verb)
        return function


@dataclass(frozen=True)
class Group:
    """Commands under a common name."""

    summary: str
    commands: Mapping[str, Command]


def add_commands(group: TyperGroup, commands: Mapping[str, Command | Group]) -> TyperGroup:
    """Add the commands to the group without importing their modules, and return the group."""
    for name, each in commands.items():
        if isinstance(each, Group):
            inner = _CommandGroup(name=name, help=each.summary, no_args_is_help=True, rich_markup_mode=None)
            group.add_command(add_commands(inner, each.commands), name)
        else:
            group.add_command(_LazyCommand(name, each), name)
    return group


class _LazyCommand(TyperCommand):
    """A command that is known by its name and summary; its module is imported when its arguments are parsed."""

    def __init__(self, name: str, command: Command) -> None:
        super().__init__(name, help=command.summary, rich_markup_mode=None)
        self._command = command

    def get_short_help_str(self, limit: int = 0) -> str:
        """The whole summary, not cut to ``limit``: the list of commands wraps it."""
        del limit
        return self.help or ""

    def make_context(self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any) -> Any:
        """Parse the arguments of the real command; the returned context belongs to it."""
        app = typer.Typer(**SETTINGS)
        app.command(self.name)(self._command.load())
        return typer.main.get_command(app).make_context(info_name, args, parent=parent, **extra)


class _CommandGroup(TyperGroup):
    """Commands under a common name, whose summary is not cut in the list of commands."""

    def get_short_help_str(self, limit: int = 0) -> str:
        """The whole summary."""
        del limit
        return self.help or ""
