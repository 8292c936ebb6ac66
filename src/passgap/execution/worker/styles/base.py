"""What every style of tests shares."""

from __future__ import annotations

import abc
import builtins
import random
from typing import Any

from ..ending import AFTER_FAILURE_SECONDS, Deadline
from ..session import Foresight, Session

PASSED, FAILED, NOT_REACHED = "P", "F", "?"
REASON_LENGTH = 300


class TestsUnusable(Exception):
    """The tests cannot be used: a fault of theirs, never of a sample."""

    __test__ = False


class Record:
    """What has been seen of one sample's tests so far."""

    def __init__(self, cases: int, deadline: Deadline | None) -> None:
        self._cases = [NOT_REACHED] * cases
        self._deadline = deadline
        self.reason: str | None = None
        """Why the first test failed that did."""

    def expect(self, cases: int) -> None:
        """Set the number of tests, where it is known only once they are read."""
        self._cases = [NOT_REACHED] * cases

    def passed(self, case: int) -> None:
        self._cases[case] = PASSED

    def failed(self, case: int, error: BaseException | str) -> None:
        self._cases[case] = FAILED
        if self.reason is None:
            self.reason = f"test {case + 1}: {describe(error)}"
            if self._deadline is not None:
                self._deadline.shorten(AFTER_FAILURE_SECONDS)

    @property
    def cases(self) -> str:
        return "".join(self._cases)

    @property
    def all_passed(self) -> bool:
        return bool(self._cases) and all(case == PASSED for case in self._cases)


class Plan(abc.ABC):
    """What to ask of a program, and what to make of the answers.

    A plan is made from the tests' JSON and the entry point's name.
    """

    cases: int
    names: tuple[str, ...] = ()
    """What the tests use of the program."""
    batch: bytes | None = None
    """Calls that can be made all at once, as JSON."""
    imports: str = ""
    """What the program may rely on: imports and classes of the tests' setup, never a test."""
    foreseeable = False
    """Whether no answer of a program's can come back to it as an argument; see :mod:`.flow`."""
    foresight: Foresight | None = None
    """The calls that an earlier sample saw, where they could not be read from the tests."""
    whole = False
    """Whether the program is run from start to end instead of being asked."""

    @abc.abstractmethod
    def __init__(self, tests: dict[str, Any], entry_point: str | None) -> None:
        """Read the tests."""

    @abc.abstractmethod
    def judge(self, session: Session, values: dict[str, Any], record: Record) -> None:
        """Try every test and record it. What escapes ends the sample."""


def describe(error: BaseException | str) -> str:
    """One line about a failure."""
    if isinstance(error, str):
        return error[:REASON_LENGTH]
    text = " ".join(str(error).split())
    return (f"{type(error).__name__}: {text}" if text else type(error).__name__)[:REASON_LENGTH]


def fresh_globals(values: dict[str, Any]) -> dict[str, Any]:
    """The name space in which the tests of one sample run; drawn numbers are the same for every sample."""
    random.seed(0)
    return {"__name__": "tests", "__builtins__": builtins, **values}
