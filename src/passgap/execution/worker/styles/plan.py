"""What to ask of a program, and what to make of the answers: a plan is made once per problem, from its tests."""

from __future__ import annotations

import abc
from typing import Any

from ..session.foresight import Foresight
from ..session.session import Session
from ..session.shared_process import Sharing
from .case_results import CaseResults
from .independence import Independence

DIVERGENCES = 3
"""After so many samples for which calls made ahead did not suit, none are made any more."""


class Plan(abc.ABC):
    """A plan of what to ask of a program, and what to make of the answers.

    A plan is made from the tests' JSON and the entry point's name, before the first sample's time begins.
    """

    cases: int
    names: tuple[str, ...] = ()
    """Names of the program that the tests use."""
    batch: bytes | None = None
    """Calls that can be made all at once, as JSON."""
    imports: str = ""
    """Code that the program may rely on: imports and classes of the tests' setup, never a test."""
    isolated = False
    """Whether each answer is looked at alone and right after its call, so that a copy of it does; see :mod:`.flow`."""
    foreseeable = False
    """Whether no answer of a program's can come back to it as an argument; see :mod:`.flow`."""
    foresight: Foresight | None = None
    """The calls that an earlier sample saw, where they could not be read from the tests."""
    diverged = 0
    """How many samples had to be run again because calls made ahead did not suit them."""
    imported: frozenset[str] = frozenset()
    """Modules that the tests import."""
    missing: frozenset[str] = frozenset()
    """Modules that the tests import somewhere and that cannot be imported, program or no program."""
    texts: frozenset[str] = frozenset()
    """Every text that stands in the tests."""
    independence: Independence | None = None
    """Tells which faults of the tests no program has a share in, where their code is at hand."""
    sharing = Sharing()
    """The parts of the process that the tests share with the program."""

    @abc.abstractmethod
    def __init__(self, tests: dict[str, Any], entry_point: str | None) -> None:
        """Read the tests, and import what they import."""

    @abc.abstractmethod
    def judge(self, session: Session, results: CaseResults) -> None:
        """Try every test and record it. What escapes ends the sample."""

    @property
    def goes_ahead(self) -> bool:
        """Whether calls of the next sample are made ahead."""
        return (
            not self.sharing and self.diverged < DIVERGENCES and (self.batch is not None or self.foresight is not None)
        )
