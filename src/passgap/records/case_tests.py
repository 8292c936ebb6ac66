"""Tests that are cases: inputs and the outputs or values that a program must give for them."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, JsonValue, model_validator

from passgap.records.base import Record


class KeptCases(Record):
    """Cases too large to be held in memory, in a file of the cache (:mod:`passgap.kept_cases`)."""

    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    """The digest of the file, which names it."""
    count: int = Field(gt=0)
    size: int = Field(gt=0)
    """Bytes of the file."""


class _CaseTests(Record):
    """Tests of which some cases may stand in a file."""

    cases: tuple[Record, ...]
    kept: KeptCases | None = None
    """More cases, which come after the others."""
    prelude: tuple[str, ...] = ()
    """Statements that are executed before a program; an import only where the program may read a name of it."""

    @model_validator(mode="after")
    def _some(self) -> Self:
        if not self.count:
            raise ValueError("tests need at least one case")
        return self

    @property
    def count(self) -> int:
        """The number of cases, those in a file among them."""
        return len(self.cases) + (self.kept.count if self.kept else 0)


class StdioCase(Record):
    """One run of a program: its standard input and the expected standard output."""

    stdin: str
    stdout: str
    abs_tol: float | None = Field(default=None, ge=0.0, allow_inf_nan=False)
    """Overrides the tolerance of the tests for this case."""
    rel_tol: float | None = Field(default=None, ge=0.0, allow_inf_nan=False)


class StdioTests(_CaseTests):
    """Runs of a program on standard input, whose standard output is compared line by line unless said otherwise.

    Lines match if they are equal as text, or as numbers if they consist of numbers only (0.50 = 0.5). With a tolerance,
    lines are compared word by word, and numbers may differ by ``max(abs_tol, rel_tol * |expected|)``.
    """

    style: Literal["stdio"] = "stdio"
    cases: tuple[StdioCase, ...]
    abs_tol: float = Field(default=0.0, ge=0.0, allow_inf_nan=False)
    rel_tol: float = Field(default=0.0, ge=0.0, allow_inf_nan=False)
    comparison: str = "lines"
    """The name of the rule by which outputs are compared, one of the judge's."""


class PairCase(Record):
    """One call of the entry point: positional arguments and the expected value, as JSON."""

    args: tuple[JsonValue, ...]
    expected: JsonValue


class PairTests(_CaseTests):
    """Pairs of arguments and expected values; floats may differ by ``max(abs_tol, rel_tol * |expected|)``."""

    style: Literal["pairs"] = "pairs"
    cases: tuple[PairCase, ...]
    abs_tol: float = 0.0
    rel_tol: float = 0.0
    comparison: str = "json"
    """The name of the rule by which values are compared, one of the judge's; only ``json`` has tolerances."""
    one_instance: bool = False
    """Whether all calls of a method are made on one instance of its class, and not each on a fresh one."""
