"""Programs to run, within which limits, and how their runs ended."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from pydantic import Field

from passgap.records.base import Record
from passgap.records.problems import Tests


class Limits(Record):
    """Limits of one program. Bytes and seconds."""

    seconds: float = Field(default=10.0, gt=0.0)
    """Processor time of all its processes together; in the stdio style, for each run."""
    memory_bytes: int = Field(default=2 << 30, gt=0)
    processes: int = Field(default=64, gt=0)
    file_bytes: int = Field(default=64 << 20, gt=0)
    output_bytes: int = Field(default=1 << 20, gt=0)
    program_bytes: int = Field(default=1 << 20, gt=0)


class ExecutionJob(Record):
    """A program and the tests that it must pass."""

    key: str
    program: str
    tests: Tests
    entry_point: str | None = None
    limits: Limits = Limits()


class OutcomeKind(StrEnum):
    """How one sample's run ended."""

    PASSED = "passed"
    """Every test was seen to pass by trusted code."""
    FAILED = "failed"
    """A test did not hold, or the program raised or ended before its tests were done."""
    TIMEOUT = "timeout"
    """The deadline came first; the whole process tree was killed."""
    OUT_OF_MEMORY = "out-of-memory"
    """The program reached its memory limit."""
    CRASHED = "crashed"
    """The interpreter died (a signal, a fatal error)."""
    REFUSED = "refused"
    """Nothing was run: no program, or one over the size limit."""
    UNSCORED = "unscored"
    """A fault of ours. Never a failed sample: left out of every denominator, counted and shown."""


class Outcome(Record):
    """The observed outcome of one sample's run."""

    kind: OutcomeKind
    reason: str = ""
    seconds: float = Field(ge=0.0)
    """Processor time that its processes used."""
    peak_memory_bytes: int | None = None
    protocol: Literal["outside", "inside"] | None = None
    """Where the tests were evaluated: on values brought out of the jail, or by a guarded protocol inside it."""
    cases: str | None = None
    """The pass vector, one character a test in order: ``P`` passed, ``F`` did not, ``?`` not reached."""
    behaviour: str | None = None
    """A digest of the values that the program gave on the tests' inputs, where they could be observed."""

    @property
    def passed(self) -> bool | None:
        """True or False, or None where the sample could not be scored."""
        return None if self.kind is OutcomeKind.UNSCORED else self.kind is OutcomeKind.PASSED


class ExecutionResult(Record):
    """The outcome of the job with the same key."""

    key: str
    outcome: Outcome
