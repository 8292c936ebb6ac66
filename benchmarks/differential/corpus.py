"""Programs and tests written for the comparison, in the styles of contests, LeetCode and unit tests.

A file of the corpus holds cases one after another::

    === name
    the program
    --- test
    the tests: Python code, a list of asserts, a file for pytest, or JSON with a "style"
    --- entry_point name
    --- change OLD ==> NEW
    --- program
    another program

Each ``change`` is one more program, made from the first by replacing a text that stands in it, where ``⏎`` is a line's
end; a ``program`` section is one more as it is written. What is right and what is wrong is for plain CPython to say.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from passgap.cli.execute import STYLED, in_its_style
from passgap.records import ExecutionJob, Limits, Tests

FOLDER = Path(__file__).parent / "corpus"
VERDICTS = FOLDER / "verdicts.json"
"""The verdict of plain CPython on each case, one letter per program: ``P`` passed, ``F`` failed."""
SECONDS = 2.0
"""Processor time for a program of the corpus; only those with an endless loop use more than a tenth of it."""
CASE = re.compile(r"^=== (.+)\n", re.MULTILINE)
SECTION = re.compile(r"^--- (.+)\n", re.MULTILINE)


@dataclass(frozen=True)
class Case:
    """A program with its tests."""

    name: str
    """style/case/number of the program."""
    program: str
    test: str
    entry_point: str | None

    @property
    def tests(self) -> Tests:
        """The tests in the form of their record, decided as ``passgap execute`` decides it."""
        if self.test.lstrip().startswith("{"):
            return STYLED.validate_python(json.loads(self.test))
        return in_its_style(self.test)

    def job(self, seconds: float = SECONDS) -> ExecutionJob:
        """The case as a job of an executor."""
        return ExecutionJob(
            key=self.name,
            program=self.program,
            tests=self.tests,
            entry_point=self.entry_point,
            limits=Limits(seconds=seconds),
        )


def read_corpus(folder: Path = FOLDER) -> tuple[Case, ...]:
    """Return every case, in the order of the files.

    Raises:
        ValueError: two have the same name, or a change that changes nothing.
    """
    cases = tuple(case for path in sorted(folder.glob("*.txt")) for case in read_file(path))
    names = [case.name for case in cases]
    if twice := {name for name in names if names.count(name) > 1}:
        raise ValueError(f"cases with the same name: {sorted(twice)}")
    return cases


def read_file(path: Path) -> Iterator[Case]:
    """Yield the cases of one file."""
    _, *parts = CASE.split(path.read_text(encoding="utf-8"))
    for name, text in zip(parts[::2], parts[1::2], strict=True):
        yield from read_case(f"{path.stem}/{name.strip()}", text)


def read_case(name: str, text: str) -> Iterator[Case]:
    """Yield a case for each of its programs."""
    first, *parts = SECTION.split(text.rstrip("\n") + "\n")
    programs, test, entry_point = [first], "", None
    for head, body in zip(parts[::2], parts[1::2], strict=True):
        kind, _, rest = head.partition(" ")
        if kind == "test":
            test = body
        elif kind == "entry_point":
            entry_point = rest.strip()
        elif kind == "program":
            programs.append(body)
        elif kind == "change":
            old, _, new = (part.replace("⏎", "\n") for part in rest.partition(" ==>"))
            new = new.removeprefix(" ")
            if old not in first or old == new:
                raise ValueError(f"{name}: {old!r} is not in the program, or is not changed")
            programs.append(first.replace(old, new))
        else:
            raise ValueError(f"{name}: a section called {head!r}")
    if not test:
        raise ValueError(f"{name}: no test")
    for number, program in enumerate(programs):
        yield Case(f"{name}/{number}", program, test, entry_point)


def read_verdicts() -> dict[str, bool]:
    """Whether each case passes by plain CPython, as it was recorded."""
    letters: dict[str, str] = json.loads(VERDICTS.read_text(encoding="utf-8"))
    return {f"{name}/{number}": letter == "P" for name, text in letters.items() for number, letter in enumerate(text)}


def record_verdicts(passed: Mapping[str, bool]) -> None:
    """Record whether each case, given in the corpus's order, passes by plain CPython."""
    letters: dict[str, str] = {}
    for key, verdict in passed.items():
        name = key.rpartition("/")[0]
        letters[name] = letters.get(name, "") + ("P" if verdict else "F")
    VERDICTS.write_text(json.dumps(letters, indent=0) + "\n", encoding="utf-8")
