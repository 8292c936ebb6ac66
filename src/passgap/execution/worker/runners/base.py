"""The interface of runners."""

from __future__ import annotations

import abc
from collections.abc import Collection
from typing import Any, Generic, Protocol, TypeVar

from ..processes.commands import Commands
from ..processes.jail import Jail
from ..processes.sample_result import SampleResult
from ..styles.prelude import Prelude

VALUES_OUTSIDE = "values compared outside the jail"
OUTPUT_OUTSIDE = "output compared outside the jail"
TESTS_INSIDE = "tests run inside the jail"
PROTOCOLS = {VALUES_OUTSIDE: "outside", OUTPUT_OUTSIDE: "outside", TESTS_INSIDE: "inside"}
"""The protocols, by which a sample is decided, with the word that outcomes have for where that happens."""

INTERPRETER = "interpreter"
"""Programs that the jail's own interpreter runs: Python's."""
COMMANDS = "commands"
"""Programs that are built and run by commands of their language's toolchain."""


class Plan(Protocol):
    """A problem's tests as a runner has read them, once for all samples."""

    @property
    def imported(self) -> Collection[str]:
        """Modules that the tests import; where an installed package is among them, it is there for the program too."""
        ...


P = TypeVar("P", bound=Plan)
J = TypeVar("J", Jail, Commands)
"""Where a runner has programs run: in the interpreter's jail, or by the commands of a toolchain."""


class Runner(abc.ABC, Generic[P, J]):
    """One way to run programs and to judge them.

    A runner is a module of this package with the constant ``RUNNER``. It is chosen for a job by the toolchain of the
    job's language and the style of its tests; no two take the same. It runs in the judge, which has nothing of passgap
    but this package: it imports the standard library and the modules around it, and nothing else.
    """

    name: str
    toolchain: str
    """:data:`INTERPRETER` or :data:`COMMANDS`."""
    styles: frozenset[str]
    """The styles of tests that it takes."""
    protocol: str
    """The protocol that decides about its samples: one of :data:`PROTOCOLS`."""
    limits_each_case: bool = False
    """Whether a job's limits hold for each case of its tests, rather than for all of them together."""

    @abc.abstractmethod
    def plan(self, tests: dict[str, Any], entry_point: str | None) -> P:
        """Read a problem's tests, in the form of their record's JSON.

        Raises:
            TestsUnusable: they cannot be used; no sample of theirs can be scored.
        """

    @abc.abstractmethod
    def run(self, place: J, plan: P, job: dict[str, Any]) -> SampleResult:
        """Run and judge one sample.

        Args:
            place: the jail where its processes are made, or what builds and runs programs in a toolchain's jails.
            plan: of its tests.
            job: the pool's message: its number, the program and its files, the limits and the toolchain.
        """


def header_of(job: dict[str, Any], mode: str, prelude: Prelude) -> dict[str, Any]:
    """Return what the jail is told about a program and what is executed before it: never a test."""
    limits = job["limits"]
    return {
        "mode": mode,
        "program": job["program"],
        "files": job["files"],
        "shared": prelude.of(job["program"], *job["files"].values()),
        "memory": limits["memory_bytes"],
        "processes": limits["processes"],
        "file_bytes": limits["file_bytes"],
        "seconds": limits["seconds"],
    }
