"""SWE-bench (Jimenez et al. 2024, arXiv 2310.06770), Lite and Verified: issues of Python repositories, as edits."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from passgap.kept_trees import keep_tree
from passgap.records import KeptTree, Problem, ProblemLimits, RepositoryTests, ResultsFormat
from passgap.tasks.edits import AnswerFormat
from passgap.tasks.edits.paths import steers_tests
from passgap.tasks.json_lines import JsonObject
from passgap.tasks.rows import read_rows
from passgap.tasks.sources._repositories import Files, files_at, found_repository, patched
from passgap.tasks.sources.base import FileUse, Source
from passgap.tasks.taskset import TaskSet, task_set

NAME = "swe-bench"
REPOSITORIES = "repositories"
LIMITS = ProblemLimits(seconds=1800.0, memory_bytes=4 << 30)
"""Of the processor time of a test run, as the set's own harness has them by the clock."""
_DJANGO = "django/django"
_DJANGO_RUNNER = ("tests/runtests.py", "--verbosity", "2", "--settings=test_sqlite", "--parallel", "1")
_NO_TESTS = (".json", ".png", ".csv", ".txt", ".md", ".jpg", ".jpeg", ".pkl", ".yml", ".yaml", ".toml")


class SweBench(Source):
    """Rows as the hub has them, beside a folder ``repositories`` of git repositories; the split is the form of answers.

    The prompt shows the files that the reference edits, the oracle setting of its authors, and these may be edited.
    The test patch is laid over the tree after the edit. Tests run in the environment ``OWNER__NAME/VERSION``.
    """

    name = NAME
    position = 18
    caption = "SWE-bench Lite and Verified: issues of Python repositories (arXiv 2310.06770)"
    licence = "MIT; each repository has its own"
    difficulty = "Verified states the time that a fix takes; Lite states none"
    dates = "the day of the pull request"
    splits = (AnswerFormat.SEARCH_REPLACE.value, AnswerFormat.UDIFF.value, AnswerFormat.WHOLE.value)
    file = FileUse.REQUIRED

    def load(self, split: str | None, path: Path | None) -> TaskSet:
        """Load the rows of a file, or of the files in a folder.

        Raises:
            StudyError: nothing is there, a row is damaged, or its repository is missing or does not have its commit.
        """
        assert path is not None and split is not None, "a file is required, and there are splits"
        folder = path if path.is_dir() else path.parent
        trees: dict[str, tuple[Files, KeptTree]] = {}

        def built(row: JsonObject) -> Problem:
            return problem_of(row, folder / REPOSITORIES, AnswerFormat(split), trees)

        rows = read_rows(path, built, "SWE-bench's instances", apart=REPOSITORIES)
        return task_set(f"{NAME}/{split}", rows)


SOURCE = SweBench()


def problem_of(
    row: JsonObject, repositories: Path, answer: AnswerFormat, trees: dict[str, tuple[Files, KeptTree]]
) -> Problem:
    """One instance as a problem.

    Args:
        row: as the hub has it.
        repositories: the folder of the repositories.
        answer: the form of answers.
        trees: the last repository that was read, by its place and commit, since instances may share one.

    Raises:
        ValueError, KeyError, TypeError: it is damaged, or its repository is missing; the message says why.
    """
    instance, repository, commit = (str(row[key]) for key in ("instance_id", "repo", "base_commit"))
    place = found_repository(repositories, repository, instance)
    key = f"{place} {commit}"
    if key not in trees:
        files = files_at(place, commit)
        trees.clear()
        trees[key] = (files, keep_tree(files))
    files, tree = trees[key]
    tested, fixed = patched(files, str(row["test_patch"])), patched(files, str(row["patch"]))
    solution = {path: text for path, text in fixed.files.items() if path not in tested.files and not steers_tests(path)}
    if not solution:
        raise ValueError(f"{instance}: the reference edits nothing that an answer could")
    shown = {path: _text(path, files[path][0]) for path in solution if path in files}
    command, results = command_of(repository, list(tested.files))
    return Problem(
        id=f"{NAME}/{instance}",
        prompt=f"Resolve this issue of {repository}.\n\n{str(row['problem_statement']).strip()}",
        tests=RepositoryTests(
            files=tested.files,
            command=command,
            results=results,
            must_pass=_names(row["FAIL_TO_PASS"]),
            must_keep=_names(row["PASS_TO_PASS"]),
            environment=f"{repository.replace('/', '__')}/{row['version']}",
            tree=tree,
            left_out=tuple(sorted({*shown, *tested.removed, *fixed.removed})),
        ),
        difficulty=str(row.get("difficulty") or "unspecified"),
        source=NAME,
        date=_date(row.get("created_at")),
        kind="repository-edit",
        limits=LIMITS,
        body={
            "files": shown or {_PLACE: ""},
            "editable": sorted(solution),
            "solution": solution,
            "answer": answer.value,
        },
    )


_PLACE = ".passgap"
"""A file that stands for a repository of which none is shown: the reference adds files alone."""


def command_of(repository: str, tested: Sequence[str]) -> tuple[tuple[str, ...], ResultsFormat]:
    """The command that runs the test files of a patch, and how it reports.

    Django has a runner of its own. The tests of SymPy, which has one too, are plain functions that pytest runs as well.
    """
    files = [path for path in tested if not path.endswith(_NO_TESTS)]
    if repository == _DJANGO:
        labels = [str(PurePosixPath(path).with_suffix("")).removeprefix("tests/").replace("/", ".") for path in files]
        return ("{merged}", *_DJANGO_RUNNER, *labels), ResultsFormat.UNITTEST
    chosen = [path for path in files if path.endswith(".py") and not path.endswith(("/conftest.py", "/__init__.py"))]
    return ("{pytest}", *(chosen or files)), ResultsFormat.PYTEST


def _names(stated: Any) -> tuple[str, ...]:
    """The names of tests, which rows hold as a list or as its JSON."""
    names = json.loads(stated) if isinstance(stated, str) else stated
    if names is not None and not all(isinstance(name, str) for name in names):
        raise ValueError("names of tests should be texts")
    return tuple(dict.fromkeys(names if names is not None else ()))


def _date(stated: Any) -> dt.date | None:
    if isinstance(stated, dt.datetime):
        return stated.date()
    return dt.date.fromisoformat(str(stated)[:10]) if stated else None


def _text(path: str, content: bytes) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} is no text in UTF-8") from error
