"""Problems and the tests that decide whether a program solves them."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, JsonValue

from passgap.records.base import Record
from passgap.records.identity import digest_of

UNSPECIFIED = "unspecified"
"""The difficulty of a problem whose source states none."""


class AssertTests(Record):
    """A list of assert statements, as in MBPP and the starter set; every one must hold."""

    style: Literal["asserts"] = "asserts"
    setup: str = ""
    statements: tuple[str, ...] = Field(min_length=1)


class CheckTests(Record):
    """Code that defines ``check(candidate)``, as in HumanEval; it is called with the entry point."""

    style: Literal["check"] = "check"
    code: str


class StdioCase(Record):
    """One run of a whole program: what it reads and what it must print."""

    stdin: str
    stdout: str
    abs_tol: float | None = Field(default=None, ge=0.0, allow_inf_nan=False)
    """This case's own tolerance; by default that of the tests."""
    rel_tol: float | None = Field(default=None, ge=0.0, allow_inf_nan=False)


class StdioTests(Record):
    """Runs of a program over standard input and output, compared line by line.

    Lines are equal as text, or as numbers where all that they hold is numbers (0.50 = 0.5). With a tolerance their
    words are compared one by one, and numbers may differ by ``max(abs_tol, rel_tol * |expected|)``.
    """

    style: Literal["stdio"] = "stdio"
    cases: tuple[StdioCase, ...] = Field(min_length=1)
    abs_tol: float = Field(default=0.0, ge=0.0, allow_inf_nan=False)
    rel_tol: float = Field(default=0.0, ge=0.0, allow_inf_nan=False)


class PairCase(Record):
    """One call of the entry point: positional arguments and the expected value, as JSON."""

    args: tuple[JsonValue, ...]
    expected: JsonValue


class PairTests(Record):
    """Input and output pairs; floats compare within ``max(abs_tol, rel_tol * |expected|)``."""

    style: Literal["pairs"] = "pairs"
    cases: tuple[PairCase, ...] = Field(min_length=1)
    abs_tol: float = 0.0
    rel_tol: float = 0.0


class PytestTests(Record):
    """A pytest-style file: every ``test_*`` function must return; the program is importable as ``solution``."""

    style: Literal["pytest"] = "pytest"
    code: str


Tests = Annotated[
    AssertTests | CheckTests | StdioTests | PairTests | PytestTests,
    Field(discriminator="style"),
]


class PromptKind(StrEnum):
    """The content of a problem's ``prompt``."""

    INSTRUCTION = "instruction"
    """A description in words (MBPP, the starter set)."""
    CODE = "code"
    """The head of a program to be continued (HumanEval)."""


class Problem(Record):
    """One problem of a task set: what the model reads, and the tests that decide whether its program passes."""

    id: str = Field(min_length=1)
    prompt: str = Field(min_length=1)
    prompt_kind: PromptKind = PromptKind.INSTRUCTION
    entry_point: str | None = None
    tests: Tests
    reference: str | None = None
    difficulty: str = UNSPECIFIED
    source: str
    date: dt.date | None = None

    @property
    def digest(self) -> str:
        """The content hash: two problems with the same digest are the same problem."""
        return digest_of(self)
