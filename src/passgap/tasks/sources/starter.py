"""The task set that passgap ships: Python functions of the kind people write at work, in two disjoint splits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Literal, get_args

import yaml
from pydantic import Field, ValidationError

from passgap.errors import StudyError
from passgap.languages.python.assertions import assertions_of, defined_functions
from passgap.records import Problem, Record
from passgap.tasks.sources.base import FileUse, Source
from passgap.tasks.taskset import TaskSet, task_set

ORIGIN = "passgap-starter"
"""The source that its problems state."""

Split = Literal["heldout", "pool"]
SPLITS: tuple[Split, ...] = get_args(Split)


class StarterEntry(Record):
    """One problem as its theme file states it; ``id`` is the name of the function asked for."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    split: Split
    difficulty: Literal["easy", "medium", "hard"]
    prompt: str = Field(min_length=1)
    reference: str = Field(min_length=1)
    tests: str = Field(min_length=1)

    def problem(self) -> Problem:
        """The problem that the entry states.

        Raises:
            ValueError: the tests are not plain asserts, or the reference does not define the function.
        """
        tests = assertions_of(self.tests)
        if tests is None or tests.setup:
            raise ValueError("`tests` must be assert statements and nothing else")
        if self.id not in defined_functions(self.reference):
            raise ValueError(f"`reference` must define the function `{self.id}`")
        return Problem(
            id=f"starter/{self.id}",
            prompt=self.prompt.strip(),
            entry_point=self.id,
            tests=tests,
            reference=self.reference,
            difficulty=self.difficulty,
            source=ORIGIN,
        )


class Starter(Source):
    """The set as package data: one YAML file per theme."""

    name = "starter"
    position = 1
    caption = "Python functions of the kind people write at work, written for passgap"
    licence = "Apache-2.0"
    difficulty = "easy, medium or hard"
    dates = "none stated"
    splits = SPLITS
    file = FileUse.NONE

    def load(self, split: str | None, path: Path | None) -> TaskSet:
        """Load a split.

        Raises:
            StudyError: the package's data are damaged or incomplete; every problem is listed.
        """
        assert split is not None, "the set has splits"
        return task_set(f"{self.name}/{split}", _splits()[split])


SOURCE = Starter()


@cache
def _splits() -> dict[str, tuple[Problem, ...]]:
    folder = resources.files("passgap.tasks").joinpath("starter")
    themes = sorted((each for each in folder.iterdir() if each.name.endswith(".yaml")), key=lambda each: each.name)
    entries, complaints = read_themes(themes)
    if complaints:
        raise StudyError("the starter set is damaged; install passgap again", complaints)
    splits: dict[str, list[Problem]] = {split: [] for split in SPLITS}
    for entry, problem in entries:
        splits[entry.split].append(problem)
    return {split: tuple(problems) for split, problems in splits.items()}


def read_themes(files: list[Traversable]) -> tuple[list[tuple[StarterEntry, Problem]], list[str]]:
    """Read theme files; return the entries that could be read, and a complaint for each that could not."""
    entries: list[tuple[StarterEntry, Problem]] = []
    complaints: list[str] = []
    for file in files:
        for item in _read_theme(file):
            if isinstance(item, str):
                complaints.append(f"{file.name}: {item}")
            else:
                entries.append(item)
    repeated = [name for name, times in Counter(entry.id for entry, _ in entries).items() if times > 1]
    complaints += [f"the id `{name}` occurs more than once; ids are unique over all files" for name in repeated]
    return entries, complaints


def _read_theme(file: Traversable) -> Iterator[tuple[StarterEntry, Problem] | str]:
    try:
        content = yaml.load(file.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - safe
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        yield f"cannot be read: {error}"
        return
    listed = content.get("problems") if isinstance(content, dict) else None
    if not isinstance(listed, list) or not listed:
        yield "holds no list `problems`"
        return
    for number, raw in enumerate(listed, start=1):
        name = raw.get("id", f"problem {number}") if isinstance(raw, dict) else f"problem {number}"
        try:
            yield _entry(raw)
        except ValidationError as error:
            yield from (f"{name}: `{'.'.join(map(str, each['loc']))}`: {each['msg']}" for each in error.errors())
        except ValueError as error:
            yield f"{name}: {error}"


def _entry(raw: Any) -> tuple[StarterEntry, Problem]:
    entry = StarterEntry.model_validate(raw)
    return entry, entry.problem()
