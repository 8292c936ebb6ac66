"""A harness: the text around an untrusted program that calls its function and writes each answer down.

A program shares its process with the harness and may write whatever it likes in its place. That wins it nothing: it
can only give answers, and it never sees which are right. Expected values are computed by another program, in which no
sample is, and compared outside the jail (:mod:`passgap.execution.worker.runners.commands_calls`).

Answers are written to a descriptor of their own, where the language can do that. Each is a frame: the character U+001E,
the number of the call, ``=`` and the value or ``!`` and the name of what was raised, and a line's end. A value is JSON,
with objects of one key for what JSON lacks:

=========================  ==================================================================================
``{"f": "0.1"}``           a floating-point number, in decimal digits that determine it
``{"n": "12"}``            an integer of a type that the language does not mix with its numbers (BigInt)
``{"c": "x"}``             a character
``{"t": [...]}``           a tuple
``{"m": [[key, value]]}``  a map
``{"r": [[key, value]]}``  an object with named fields
``{"s": [...]}``           a set
``{"o": value}``           an optional value that is there; one that is not is ``null``
``{"x": "name"}``          a value of a type that cannot be written down; equal to nothing
=========================  ==================================================================================
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

from passgap.records import CallCase, CallTests, EmbeddedTests

MARK = "\x1e"
"""The character that begins a frame."""


class Unsupported(ValueError):  # noqa: N818 - an answer: the message says why
    """Tests cannot be put into the form that was asked for; the message says why."""


class Harness(ABC):
    """The harness of one language. It only puts texts together, and never runs anything."""

    name: str
    """The name of its language."""
    descriptor: int = 3
    """The descriptor that answers are written to: 3, or 1, standard output, where a language cannot write to others."""
    rules: frozenset[str] = frozenset()
    """Rules of comparison of the language's own, as :mod:`passgap.execution.worker.styles.agreement` names them."""

    def candidate(self, program: str, tests: CallTests) -> str:
        """The source of a program that makes the calls of ``tests`` and writes the answers down."""
        return self.assemble(program, tests, [self.call(tests, case) for case in tests.cases])

    def expectation(self, tests: CallTests) -> str:
        """The source of a program that writes down the expected values of ``tests``, in the same form."""
        return self.assemble(self.imports(tests.head), tests, [case.expected for case in tests.cases])

    @abstractmethod
    def assemble(self, program: str, tests: CallTests, values: Sequence[str]) -> str:
        """The source of a program that writes down the value of each expression, below ``program`` and the set-up."""

    def call(self, tests: CallTests, case: CallCase) -> str:
        """The expression that calls the function under test."""
        return f"{tests.function}({case.arguments})"

    def imports(self, head: str) -> str:
        """The part of the head of the function that expected values need, such as its imports."""
        del head
        return ""

    def files(self, source: str) -> dict[str, str]:
        """The files that a source of this harness needs beside it, by their paths."""
        del source
        return {}

    @abstractmethod
    def embedded(self, program: str, tests: EmbeddedTests) -> str:
        """The source of a program that runs tests in its own process and writes down which of them held.

        Once the program's definitions are loaded, it reads one line from standard input. A test that held is written
        down as the value of that line, in the order of ``tests.calls``.
        """


def block(setup: str) -> str:
    """Declarations with a line's end, or nothing."""
    return f"{setup.rstrip()}\n" if setup.strip() else ""
