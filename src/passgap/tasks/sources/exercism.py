"""Exercism's practice exercises, as Aider's polyglot benchmark uses them: edit a stub until hidden tests pass."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from passgap.errors import StudyError
from passgap.records import Problem, RepositoryTests
from passgap.tasks.edits.paths import is_below
from passgap.tasks.json_lines import JsonObject, read_json_lines, shown
from passgap.tasks.rows import as_read, number_of
from passgap.tasks.sources._exercism_commands import LANGUAGES, NothingTested, editable, solution_of, tests_of
from passgap.tasks.sources._exercism_rows import written_files
from passgap.tasks.sources.base import FileUse, Source
from passgap.tasks.taskset import TaskSet, task_set

NAME = "exercism"
PYTHON = "python"
CONFIG = ".meta/config.json"
_INSTRUCTIONS = (".docs/introduction.md", ".docs/instructions.md", ".docs/instructions.append.md")
_LARGEST = 1 << 20
_IMPORT = re.compile(r"^(?:from|import) (\w+)", re.MULTILINE)
_DECORATOR = re.compile(r"^[ \t]*@(?:unittest\.)?skip(?:If|Unless)?\(.*\)\n", re.MULTILINE)


class Exercism(Source):
    """A folder of exercises, or JSON lines of ``{"id", "language", "files": {path: text}}``; the split is the language.

    One try is counted, where Aider's benchmark gives a second one with the output of the tests. Tests that a track
    skips are run. Python's tests run outside the jail; those of other languages inside, by the toolchain's own compiler
    and a small stand-in for the track's test framework. An exercise whose tests are to be written is left out.
    """

    name = NAME
    position = 17
    caption = "Exercism's exercises (as in Aider's polyglot benchmark): edit a stub until hidden tests pass"
    licence = "MIT"
    difficulty = "none stated"
    dates = "none stated"
    splits = (PYTHON, *LANGUAGES)
    file = FileUse.REQUIRED
    writes = True

    def load(self, split: str | None, path: Path | None) -> TaskSet:
        """Load the exercises in a language.

        Raises:
            StudyError: nothing is there, or any exercise of the language is damaged.
        """
        assert path is not None and split is not None, "a file is required, and there are splits"
        if path.is_dir():
            problems = _of_folder(path, split)
        else:
            found = read_json_lines(path, lambda row: _of_row(row, split), "exercises")
            problems = [problem for problem in found if problem is not None]
        return task_set(f"{NAME}/{split}", problems)

    def row_of(self, problem: Problem) -> dict[str, Any]:
        """Instructions are one file; stand-ins for a track's test framework are left out, and so are hidden files."""
        name, tests = number_of(problem, RepositoryTests)
        files = written_files(problem, tests, CONFIG, _INSTRUCTIONS[1])
        row = {"id": name, "language": problem.language, "files": files}
        return as_read(problem, row, lambda read: _of_row(read, problem.language))


SOURCE = Exercism()


def _of_row(row: JsonObject, language: str) -> Problem | None:
    if row["language"] != language:
        return None
    return exercise(str(row["id"]), row["files"], language)


def _of_folder(folder: Path, language: str) -> list[Problem]:
    """The exercises below a folder: those that lie in a folder of their language, as in a track or the benchmark."""
    problems, faults = [], []
    for config in sorted(folder.rglob(CONFIG)):
        place = config.parent.parent
        if language not in place.absolute().parts:
            continue
        try:
            files = {
                each.relative_to(place).as_posix(): each.read_text(encoding="utf-8")
                for each in sorted(place.rglob("*"))
                if each.is_file() and not each.is_symlink() and each.stat().st_size <= _LARGEST
            }
            problem = exercise(f"{language}/{place.name}", files, language)
            problems += [] if problem is None else [problem]
        except (OSError, ValueError, KeyError, TypeError) as error:
            faults.append(f"{place.relative_to(folder)}: {error}")
    if faults:
        raise StudyError(f"{folder} holds exercises that cannot be used", shown(faults))
    if not problems:
        raise StudyError(
            f"{folder} holds no exercises in {language}", [f"An exercise is a folder `{language}/.../` with {CONFIG}."]
        )
    return problems


def exercise(name: str, files: Mapping[str, Any], language: str = PYTHON) -> Problem | None:
    """One exercise as a problem; None where its tests are what is to be written.

    Raises:
        ValueError, KeyError, TypeError: it is damaged; the message says why.
    """
    if not all(isinstance(text, str) for text in files.values()):
        raise TypeError("`files` should hold texts by path")
    if astray := [path for path in files if not is_below(path)]:
        raise ValueError(f"`files` has paths that are not below the exercise: {', '.join(map(repr, astray))}")
    stated = json.loads(files[CONFIG])["files"]
    solution, tests, examples = (_stated(stated, key, files) for key in ("solution", "test", "example"))
    if language == PYTHON:
        hidden = _python_tests(solution, {path: files[path] for path in tests})
        edited = list(solution)
        solved = dict(zip(solution, examples, strict=False))
    else:
        try:
            hidden = tests_of(language, files, tests, solution)
        except NothingTested:
            return None
        edited, solved = editable(language, solution), solution_of(language, solution, examples)
    if len(solved) != len(examples):
        raise ValueError("as many examples as files of the solution were expected")
    tree = {path: text for path, text in files.items() if path[0] != "." and path not in hidden.files}
    return Problem(
        id=f"{NAME}/{name}",
        prompt="\n\n".join(files[path].strip() for path in _INSTRUCTIONS if path in files),
        tests=hidden,
        source=NAME,
        language=language,
        kind="repository-edit",
        body={
            "files": tree,
            "editable": edited,
            "solution": {path: files[example] for path, example in solved.items()},
        },
    )


def _python_tests(solution: Sequence[str], tests: Mapping[str, str]) -> RepositoryTests:
    """The tests with nothing skipped, and the modules of the solution that they import."""
    hidden = {path: _DECORATOR.sub("", text) for path, text in tests.items()}
    imported = {module for text in hidden.values() for module in _IMPORT.findall(text)}
    modules = [PurePosixPath(path).stem for path in solution]
    return RepositoryTests(files=hidden, modules=tuple(each for each in modules if each in imported))


def _stated(stated: Mapping[str, Any], key: str, files: Mapping[str, str]) -> Sequence[str]:
    paths = stated.get(key) or []
    missing = [path for path in paths if path not in files]
    if not paths or missing:
        raise ValueError(f"{CONFIG} names no `{key}` files, or files that are not there: {', '.join(missing)}")
    return list(paths)
