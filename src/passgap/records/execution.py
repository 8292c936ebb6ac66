"""Programs to execute, the limits they are run within, and the outcomes of their runs."""

from __future__ import annotations

from enum import StrEnum
from pathlib import PurePosixPath
from typing import Literal

from pydantic import Field, field_validator

from passgap.records.base import Record
from passgap.records.problems import DEFAULT_LANGUAGE, ProblemLimits, Tests


class Limits(Record):
    """The limits of one program, in seconds and bytes."""

    seconds: float = Field(default=10.0, gt=0.0)
    """CPU time of all its processes together; in the stdio style, per run."""
    memory_bytes: int = Field(default=2 << 30, gt=0)
    processes: int = Field(default=64, gt=0)
    file_bytes: int = Field(default=64 << 20, gt=0)
    output_bytes: int = Field(default=1 << 20, gt=0)
    program_bytes: int = Field(default=1 << 20, gt=0)

    def of_problem(self, own: ProblemLimits | None) -> Limits:
        """These limits with those that a problem states for its own programs."""
        stated = own.model_dump(exclude_none=True) if own is not None else {}
        return self.model_copy(update=stated) if stated else self


MAX_FILES = 1000
MAX_PATH_BYTES = 255


class ExecutionJob(Record):
    """A program and the tests that it must pass."""

    key: str
    program: str
    tests: Tests
    entry_point: str | None = None
    limits: Limits = Limits()
    language: str = DEFAULT_LANGUAGE
    files: dict[str, str] = Field(default_factory=dict)
    """Files beside the program, by their paths relative to it; the program alone sees them, its tests do not."""

    @field_validator("files")
    @classmethod
    def _stay_beside_program(cls, files: dict[str, str]) -> dict[str, str]:
        if len(files) > MAX_FILES:
            raise ValueError(f"{len(files)} files, over the limit of {MAX_FILES}")
        for path in files:
            parts = PurePosixPath(path).parts
            if not parts or parts[0] == "/" or ".." in parts or "\0" in path or len(path.encode()) > MAX_PATH_BYTES:
                raise ValueError(f"{path!r} is not a path below the program's folder")
            if any(str(folder) in files for folder in PurePosixPath(path).parents):
                raise ValueError(f"{path!r} lies below a file")
        return files


class OutcomeKind(StrEnum):
    """How one sample's run ended."""

    PASSED = "passed"
    """Trusted code observed every test pass."""
    FAILED = "failed"
    """A test failed, or the program raised or exited before its tests were finished."""
    TIMEOUT = "timeout"
    """The time limit was reached, and the whole process tree was killed."""
    OUT_OF_MEMORY = "out-of-memory"
    """The memory limit was reached."""
    CRASHED = "crashed"
    """The interpreter died (a signal, a fatal error)."""
    REFUSED = "refused"
    """Nothing was run: there was no program, or it exceeds the size limit."""
    UNSCORED = "unscored"
    """The sandbox or the tests failed, or nothing here can run the program. Never counted as a failed sample: excluded
    from every denominator, counted and shown."""


class Outcome(Record):
    """The observed outcome of one sample's run."""

    kind: OutcomeKind
    reason: str = ""
    seconds: float = Field(ge=0.0)
    """CPU time of all its processes."""
    peak_memory_bytes: int | None = None
    protocol: Literal["outside", "inside"] | None = None
    """Where the tests were evaluated: outside the jail, on values that were brought out of it, or inside, by a guarded
    protocol."""
    cases: str | None = None
    """The result of each test, one character per test in order: ``P`` passed, ``F`` failed, ``?`` not reached."""
    behaviour: str | None = None
    """A digest of the values that the program returned on the tests' inputs, if they could be observed."""

    @property
    def passed(self) -> bool | None:
        """True or False; None if the sample could not be scored."""
        return None if self.kind is OutcomeKind.UNSCORED else self.kind is OutcomeKind.PASSED


class ExecutionResult(Record):
    """The outcome of the job with the same key."""

    key: str
    outcome: Outcome
