"""A text that parses: its statements, and the names that they bind and read."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")


def lines_of(source: str) -> list[str]:
    """The lines as parsers count them, each with its end: a form feed or U+2028 ends no line."""
    return _LINE.findall(source)


@dataclass(frozen=True)
class Statement:
    """A statement or declaration at the top level of a program."""

    text: str
    """Its lines with their ends, decorators and the like included."""
    line: int
    """The number of lines above it."""
    binds: frozenset[str]
    """The names that it binds in the program, those inside its branches and loops included."""
    reads: frozenset[str]
    """The names that it reads and binds nowhere, builtins aside."""
    imports: bool = False
    binds_unnamed: bool = False
    """Whether it binds names that it does not spell out, as ``from m import *`` does."""


class ParsedProgram(ABC):
    """A text that parses."""

    text: str

    @property
    @abstractmethod
    def statements(self) -> Sequence[Statement]:
        """The statements at its top level, in order."""

    @cached_property
    def binds(self) -> frozenset[str]:
        """The names that it binds at its top level."""
        return frozenset[str]().union(*(each.binds for each in self.statements))

    @cached_property
    def reads(self) -> frozenset[str]:
        """The names that it reads and binds nowhere, builtins aside."""
        return frozenset[str]().union(*(each.reads for each in self.statements)) - self.binds

    @property
    def acts(self) -> bool:
        """Whether running it does anything: a lone word or number may parse too."""
        return bool(self.statements)

    @property
    def reads_input(self) -> bool:
        """Whether loading it as a module reads standard input."""
        return False

    @property
    def before_input(self) -> str | None:
        """The text above the first statement that reads standard input as the module is loaded; None without one."""
        return None

    @property
    def names_input(self) -> bool:
        """Whether it names something that reads standard input, wherever that is done."""
        return self.reads_input

    @property
    def only_defines(self) -> bool:
        """Whether running it does no more than bind names, so that it is no whole program."""
        return False

    @property
    def prints(self) -> bool:
        """Whether it names something that writes output."""
        return False

    def defines(self, name: str) -> bool:
        """Whether it binds a name at its top level, or as a method of one of its classes."""
        return name in self.binds

    def is_stub_of(self, name: str) -> bool:
        """Whether its last function of a name has an empty body."""
        return False
