"""Tests of an edited repository: files that are laid over it, a command, and the names of the tests that decide."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal, Self

from pydantic import Field, model_validator

from passgap.records.base import Record


class ResultsFormat(StrEnum):
    """The form in which a test command reports the result of each test."""

    JUNIT_XML = "junit-xml"
    """JUnit's XML on standard output. A test is called ``classname.name``."""
    TAP = "tap"
    """The Test Anything Protocol on standard output; the name of a test is its description."""
    GO_TEST_JSON = "go-test-json"
    """``go test -json`` or ``-v`` on standard output. A test is called ``TestName`` or ``TestName/subtest``."""
    CARGO = "cargo"
    """``cargo test`` on standard output: ``test name ... ok``. A name without its modules stands for every test of that
    name."""
    PYTEST = "pytest"
    """pytest's own node ids, observed by a plugin that signs what it saw and sends it past the program's output: the
    command begins with ``{pytest}``. An id up to its first space stands for every test that begins so."""
    UNITTEST = "unittest"
    """``unittest`` with ``-v``, and Django's runner: ``test_name (module.Class) ... ok``."""
    EXIT = "exit"
    """No names. Status 0 counts only with the end mark: the command finds a nonce on its standard input, and prints it
    as the last line once every test has passed."""


class KeptTree(Record):
    """Files of a repository, too many to be held in memory: one file of the cache (:mod:`passgap.kept_trees`)."""

    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    """The digest of the file, which names it."""
    count: int = Field(gt=0)
    size: int = Field(ge=0)
    """Bytes of the files together."""


ENVIRONMENT_NAME = r"^[A-Za-z0-9_][\w.@+-]*(/[A-Za-z0-9_][\w.@+-]*)*$"
"""The names of environments: folders below one of those that ``PASSGAP_ENVIRONMENTS`` names."""


class RepositoryTests(Record):
    """Tests that are run on a repository after it was edited.

    Without a ``command``, the files are Python tests that import the repository's modules and call them: they are run
    outside the jail, on the values that the modules answer with. With one, the command runs in the jail together with
    the edited program: no more than a guarded protocol can keep it from forging its results.
    """

    style: Literal["repository"] = "repository"
    files: dict[str, str] = Field(min_length=1)
    """The tests, by path. They are laid over the tree after the edit, so that no edit of them counts."""
    modules: tuple[str, ...] = ()
    """The modules of the repository that Python tests import, where they are run outside."""
    build: tuple[tuple[str, ...], ...] = ()
    """Commands that build program and tests, with the placeholders of the language's toolchain (``{go}``)."""
    artefacts: tuple[str, ...] = ()
    """Patterns of the files that the build leaves and the command needs; nothing else of it reaches the run."""
    command: tuple[str, ...] = ()
    """The command that runs the tests, with the same placeholders; empty where nothing runs inside."""
    results: ResultsFormat = ResultsFormat.EXIT
    """The form of its report."""
    must_pass: tuple[str, ...] = ()
    """The names of the tests that the edit is for."""
    must_keep: tuple[str, ...] = ()
    """The names of tests that passed before the edit, and have to pass after it; pytest may skip them."""
    environment: str | None = Field(default=None, pattern=ENVIRONMENT_NAME)
    """The environment that the command runs in, with the libraries of the repository: the name of one that the person
    brings. Python needs one where there is a command."""
    tree: KeptTree | None = None
    """The whole repository, of which prompts show a part; the edited files are laid over it."""
    left_out: tuple[str, ...] = ()
    """The files of the tree that are not there unless an edit has them: those that the problem holds itself."""

    @property
    def judged_inside(self) -> bool:
        """Whether a program shares the jail with the tests that decide about it."""
        return bool(self.command)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all tests that decide, in order, each once."""
        return tuple(dict.fromkeys((*self.must_pass, *self.must_keep)))

    @model_validator(mode="after")
    def _decided_by_names(self) -> Self:
        named = self.results is not ResultsFormat.EXIT
        if self.command and named and not self.must_pass:
            raise ValueError("a command that reports results needs the names of tests that must pass: `must_pass`")
        if self.names and not (self.command and named):
            raise ValueError("names of tests need a command that reports results by name")
        if not self.command and (self.build or self.artefacts or not self.modules):
            raise ValueError(
                "without a command, Python tests of the `modules` that they import are run, and none built"
            )
        if (self.results is ResultsFormat.PYTEST) != (self.command[:1] == ("{pytest}",)):
            raise ValueError("results are observed by pytest where the command begins with `{pytest}`, and only there")
        if self.tree is not None and (self.build or not self.command):
            raise ValueError("a kept tree is for a command that runs on it as it is: nothing is built of it")
        if self.environment is not None and (self.build or not self.command):
            raise ValueError("an environment is for a command that runs in it: nothing is built there")
        if self.build and not self.artefacts:
            raise ValueError("a build needs `artefacts`: the files that the command is run with")
        return self
