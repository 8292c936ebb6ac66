"""The hostile corpus: programs in files, by class, and the tests that each of them is tried on.

A program's comment lines may say ``# expect: KIND`` (an outcome, or ``not-passed``), ``# needs: PACKAGE``,
``# task: NAME``, ``# line endings: crlf`` or ``# encoding: bom``. Without, programs of ``false_pass`` and ``host_harm``
must not pass and ``honest`` ones must. ``{CANARY}``, ``{PORT}``, ``{SECRET}`` and ``{PID}`` stand for what they must
not reach.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from passgap.records import (
    AssertTests,
    CheckTests,
    ExecutionJob,
    Limits,
    PairCase,
    PairTests,
    PytestTests,
    StdioCase,
    StdioTests,
    Tests,
)

PROGRAMS = Path(__file__).parent / "programs"
NOT_PASSED = "not-passed"

TASKS: dict[str, Tests] = {
    "asserts": AssertTests(
        statements=("assert add(2, 3) == 5", "assert add(-1, 4) == 3", "assert abs(add(0.5, 0.25) - 0.75) < 1e-9")
    ),
    "check": CheckTests(
        code="""
import math

def check(candidate):
    for number in range(3):
        assert candidate(number, 7) == number + 7
    assert math.isclose(candidate(0.5, 0.25), 0.75)
    assert candidate(1, 1) in [2]
    assert {candidate(1, 2)} == {3}
"""
    ),
    "pairs": PairTests(
        cases=(PairCase(args=(2, 3), expected=5), PairCase(args=(0.5, 0.25), expected=0.75)), abs_tol=1e-9
    ),
    "pytest": PytestTests(
        code="""
from solution import add

def test_integers():
    assert add(2, 3) == 5

class TestMore:
    def test_floats(self):
        assert add(0.5, 0.25) == 0.75
"""
    ),
    "clean": AssertTests(statements=("assert clean() is True",)),
    "stdio": StdioTests(cases=(StdioCase(stdin="2 3\n", stdout="5\n"),)),
}
FUNCTION_TASKS = ("asserts", "check", "pairs", "pytest")


@dataclass(frozen=True)
class Program:
    """One specimen."""

    name: str
    source: str

    @property
    def group(self) -> str:
        return self.name.partition("/")[0]

    @property
    def expected(self) -> str:
        default = "passed" if self.group in ("honest", "contamination") else NOT_PASSED
        return self._fact("expect") or default

    @property
    def needs(self) -> str | None:
        return self._fact("needs")

    @property
    def tasks(self) -> tuple[str, ...]:
        task = self._fact("task")
        if task:
            return (task,)
        if self.group == "contamination":
            return ("clean",)
        if self.group == "host_harm" or self.expected in ("timeout", "out-of-memory"):
            return ("asserts",)
        return FUNCTION_TASKS

    def job(self, task: str, places: dict[str, str]) -> ExecutionJob:
        source = self.source
        for place, value in places.items():
            source = source.replace("{" + place + "}", value)
        if self._fact("line endings") == "crlf":
            source = source.replace("\n", "\r\n")
        if self._fact("encoding") == "bom":
            source = "\ufeff" + source
        seconds = 60.0 if self.expected == "passed" else 20.0 if self.expected == "out-of-memory" else 0.4
        limits = Limits(seconds=seconds, memory_bytes=768 << 20)
        entry_point = None if task == "stdio" else "clean" if task == "clean" else "add"
        return ExecutionJob(
            key=f"{self.name}:{task}", program=source, tests=TASKS[task], entry_point=entry_point, limits=limits
        )

    def _fact(self, name: str) -> str | None:
        match = re.search(rf"^# {name}: (.+)$", self.source, re.MULTILINE)
        return match[1].strip() if match else None


def programs(*groups: str) -> list[Program]:
    """Every specimen of the groups, sorted by name."""
    files = sorted(path for group in groups for path in (PROGRAMS / group).glob("*.py"))
    return [Program(f"{path.parent.name}/{path.stem}", path.read_text(encoding="utf-8")) for path in files]
