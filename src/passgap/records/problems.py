"""Problems and the tests that decide whether a program solves them."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Annotated, Literal, NamedTuple

from pydantic import Field, JsonValue

from passgap.records.base import Record
from passgap.records.case_tests import PairTests, StdioTests
from passgap.records.identity import digest_of
from passgap.records.reference_tests import ReferenceTests
from passgap.records.repository_tests import RepositoryTests
from passgap.records.script_tests import ScriptTests

UNSPECIFIED = "unspecified"
"""The difficulty of a problem whose source states none."""

DEFAULT_LANGUAGE = "python"
"""The language of a problem whose source states none."""


class AssertTests(Record):
    """Assert statements, as in MBPP and the starter set; all of them must hold."""

    style: Literal["asserts"] = "asserts"
    setup: str = ""
    statements: tuple[str, ...] = Field(min_length=1)


class CheckTests(Record):
    """Code that defines ``check(candidate)``, as in HumanEval; it is called with the entry point."""

    style: Literal["check"] = "check"
    code: str


class PytestTests(Record):
    """A pytest-style file: every ``test_*`` function must return. The program is importable as ``solution``."""

    style: Literal["pytest"] = "pytest"
    code: str


class CallCase(Record):
    """One call of a function and the value that it must return, both as expressions in the program's language."""

    arguments: str
    """The text between the parentheses of the call."""
    expected: str
    """An expression for the value. It is evaluated without any sample, and never shown to one."""
    abs_tol: float = Field(default=0.0, ge=0.0, allow_inf_nan=False)
    """The distance by which numbers in the value may differ."""


class _ProgramTests(Record):
    """The text that belongs to a program in another language than Python, whoever wrote the rest of it."""

    head: str = ""
    """The beginning of the program that is asked for, up to the open body of its function."""
    closing: str = ""
    """The text that a set puts behind a completion of the head, before its tests."""


class CallTests(_ProgramTests):
    """Calls of a function, with the values expected of them as expressions in the program's language.

    The program is run with the arguments and sends its answers out of the jail; the expected values are computed by a
    program that holds no sample; both are compared outside the jail.
    """

    style: Literal["calls"] = "calls"
    function: str = Field(min_length=1)
    """The expression that is called, such as ``add`` or ``new Solution().add``."""
    setup: str = ""
    """Declarations that arguments and expected values use."""
    cases: tuple[CallCase, ...] = Field(min_length=1)


class EmbeddedTests(_ProgramTests):
    """Test code in the program's own language that could not be split into arguments and expected values.

    It is run in the jail, in the program's process. Each of ``calls`` runs one test, which fails by raising.
    """

    style: Literal["embedded"] = "embedded"
    code: str
    """Declarations of the tests."""
    calls: tuple[str, ...] = Field(min_length=1)
    """One statement per test."""


class NoTests(Record):
    """No tests: the problem can be sampled and trained on, and no program is ever right or wrong."""

    style: Literal["none"] = "none"


Tests = Annotated[
    AssertTests
    | CheckTests
    | StdioTests
    | PairTests
    | PytestTests
    | CallTests
    | EmbeddedTests
    | RepositoryTests
    | ReferenceTests
    | ScriptTests
    | NoTests,
    Field(discriminator="style"),
]


def environment_of(tests: Tests) -> str | None:
    """The name of the environment that tests run in; None where they need none but their language's toolchain."""
    return tests.environment if isinstance(tests, RepositoryTests | ScriptTests) else None


class PromptKind(StrEnum):
    """The kind of text that a problem's ``prompt`` is."""

    INSTRUCTION = "instruction"
    """A description in natural language (MBPP, the starter set)."""
    CODE = "code"
    """The beginning of a program to be continued (HumanEval)."""


class ProblemLimits(Record):
    """The limits that a problem states for its own programs, as contests do; None keeps what the study allows."""

    seconds: float | None = Field(default=None, gt=0.0, allow_inf_nan=False)
    """CPU time of all processes of a program together; in the stdio style, per run."""
    memory_bytes: int | None = Field(default=None, gt=0)


class RunsIn(NamedTuple):
    """The place where programs are run: the toolchain of a language, or an environment that the person brings."""

    language: str
    environment: str | None = None


class Problem(Record):
    """One problem of a task set: the prompt, and the tests that decide whether a program passes."""

    id: str = Field(min_length=1)
    prompt: str = Field(min_length=1)
    prompt_kind: PromptKind = PromptKind.INSTRUCTION
    entry_point: str | None = None
    tests: Tests = NoTests()
    reference: str | None = None
    difficulty: str = UNSPECIFIED
    source: str
    date: dt.date | None = None
    language: str = DEFAULT_LANGUAGE
    """The name of the programming language that is asked for."""
    kind: str | None = None
    """The name of the kind of task that it is; None where its tests say it."""
    body: dict[str, JsonValue] | None = None
    """The fields that only problems of its kind have."""
    limits: ProblemLimits | None = None
    """The limits of its programs, where it states its own."""
    licence: str | None = None
    """Its licence, where it is not that of its whole set."""
    extraction: str | None = None
    """The name of the rule by which its programs are taken out of answers, where its scoring has a rule of its own."""

    @property
    def tested(self) -> bool:
        """Whether it has tests at all; a problem of a pool needs none."""
        return not isinstance(self.tests, NoTests)

    @property
    def judged_inside(self) -> bool:
        """Whether its tests run in the program's own process, where the program could forge their result."""
        if isinstance(self.tests, RepositoryTests):
            return self.tests.judged_inside
        return isinstance(self.tests, EmbeddedTests | ScriptTests)

    @property
    def runs_in(self) -> RunsIn:
        """The place where its programs are run."""
        return RunsIn(self.language, environment_of(self.tests))

    @property
    def digest(self) -> str:
        """The content hash. Two problems with the same digest are the same problem."""
        return digest_of(self)
