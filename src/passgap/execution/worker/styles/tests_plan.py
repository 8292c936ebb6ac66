"""The interface of plans: what to ask of a program, and what to make of the answers."""

from __future__ import annotations

import abc
from typing import Any

from ..session.foresight import Foresight
from ..session.session import Session
from ..session.shared_process import Sharing
from .case_results import CaseResults
from .independence import Independence
from .prelude import Prelude

DIVERGENCES = 3
"""The number of samples for which calls made ahead did not suit, after which none are made ahead any more."""


class Plan(abc.ABC):
    """A problem's plan: what to ask of a program, and what to make of the answers.

    It is made from the tests' JSON and the entry point's name, before the first sample's time begins.
    """

    cases: int
    names: tuple[str, ...] = ()
    """Names of the program that the tests use."""
    batch: bytes | None = None
    """Calls that can be made ahead, as JSON."""
    prelude = Prelude(())
    """The statements that the tests put before every program."""
    reference: str | None = None
    """The program whose values are expected, until they are known."""
    one_instance = False
    """Whether the methods of a class are all called on one instance of it."""
    imports: str = ""
    """Code that the program may rely on: imports and classes from the tests' setup, never a test."""
    isolated = False
    """Whether each answer is looked at by itself and right after its call, so that a copy will do; see :mod:`.flow`."""
    foreseeable = False
    """Whether no answer can come back to the program as an argument; see :mod:`.flow`."""
    foresight: Foresight | None = None
    """The calls that an earlier sample received, if they could not be read from the tests."""
    diverged = 0
    """How many samples had to be judged again because calls made ahead did not suit them."""
    imported: frozenset[str] = frozenset()
    """Modules that the tests import."""
    missing: frozenset[str] = frozenset()
    """Modules that the tests import somewhere and that cannot be imported, whatever the program is."""
    texts: frozenset[str] = frozenset()
    """Every string literal of the tests."""
    independence: Independence | None = None
    """The parts of the tests that do not depend on the program; None if that is not known."""
    sharing = Sharing()
    """The parts of the process that the tests share with the program."""

    @abc.abstractmethod
    def __init__(self, tests: dict[str, Any], entry_point: str | None) -> None:
        """Read the tests, and import what they import."""

    @abc.abstractmethod
    def judge(self, session: Session, results: CaseResults) -> None:
        """Try every test and record its result. An exception that escapes ends the sample."""

    @property
    def goes_ahead(self) -> bool:
        """Whether calls are made ahead of the next sample's tests."""
        return (
            not self.sharing and self.diverged < DIVERGENCES and (self.batch is not None or self.foresight is not None)
        )
