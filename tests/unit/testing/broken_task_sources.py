"""Task sources with one fault each, and the test of the contract that must find it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from passgap.errors import PassgapError
from passgap.records import AssertTests, Problem
from passgap.tasks.sources import SOURCES, FileUse, Source
from passgap.tasks.taskset import TaskSet, task_set
from passgap.testing import TaskSourceContract


class _Two(Source):
    """Two problems, of which the second has a reference."""

    name = "two"
    position = 99
    caption = "two problems"
    licence = "CC0-1.0"
    difficulty = "none stated"
    dates = "none stated"
    file = FileUse.NONE
    reference = "def add(a, b):\n    return a + b\n"

    def load(self, split: str | None, path: Path | None) -> TaskSet:
        return task_set("two", [self.problem("a", None), self.problem("b", self.reference)])

    def problem(self, name: str, reference: str | None) -> Problem:
        tests = AssertTests(statements=("assert add(1, 2) == 3",))
        return Problem(
            id=name, prompt="Add two numbers.", entry_point="add", tests=tests, reference=reference, source=self.name
        )


class _Broken(TaskSourceContract):
    """Makes a source of the class ``faulty``."""

    faulty: Any

    def make(self) -> Source:
        return self.faulty()


class _WithoutALicence(_Two):
    licence = ""


class BrokenWithoutALicence(_Broken):
    fails = "test_it_describes_itself"
    faulty = _WithoutALicence


class _OfNoKind(_Two):
    def problem(self, name: str, reference: str | None) -> Problem:
        return super().problem(name, reference).model_copy(update={"kind": "poem"})


class BrokenOfNoKind(_Broken):
    fails = "test_every_problem_can_be_used"
    faulty = _OfNoKind


class _Changing(_Two):
    loaded = 0

    def load(self, split: str | None, path: Path | None) -> TaskSet:
        self.loaded += 1
        return task_set("two", [self.problem(str(self.loaded), None)])


class BrokenChanges(_Broken):
    fails = "test_the_same_problems_are_loaded_twice"
    faulty = _Changing


class _WrongReference(_Two):
    reference = "def add(a, b):\n    return a - b\n"


class BrokenWrongReference(_Broken):
    fails = "test_references_pass_their_tests"
    faulty = _WrongReference


class _Lenient(_Two):
    """Reads a file as far as it can."""

    file = FileUse.REQUIRED

    def load(self, split: str | None, path: Path | None) -> TaskSet:
        try:
            return SOURCES["jsonl"].load(split, path)
        except PassgapError:
            return super().load(split, path)


class _OfAFile(_Broken):
    faulty = _Lenient

    def file(self, source: Source, folder: Path) -> Path:
        line = {"task_id": "a", "prompt": "Add.", "test": "assert add(1, 2) == 3"}
        (folder / "a.jsonl").write_text(json.dumps(line) + "\n")
        return folder / "a.jsonl"


class BrokenForgivesAMissingFile(_OfAFile):
    fails = "test_a_missing_file_is_refused"


class BrokenForgivesADamagedFile(_OfAFile):
    fails = "test_a_damaged_file_is_refused"
