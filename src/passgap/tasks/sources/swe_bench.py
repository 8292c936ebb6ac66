"""SWE-bench (Jimenez et al. 2024, arXiv 2310.06770), Lite and Verified: issues of Python repositories, as edits."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from passgap.kept_trees import keep_tree, read_tree
from passgap.records import UNSPECIFIED, KeptTree, Problem, ProblemLimits, RepositoryTests, ResultsFormat
from passgap.tasks.edits import AnswerFormat
from passgap.tasks.edits.paths import steers_tests
from passgap.tasks.json_lines import JsonObject
from passgap.tasks.rows import as_read, number_of, read_rows
from passgap.tasks.sources._commits import Commits, edited
from passgap.tasks.sources._git import Files
from passgap.tasks.sources._patches import patched
from passgap.tasks.sources._repositories import files_at, found_repository
from passgap.tasks.sources.base import FileUse, Source
from passgap.tasks.taskset import TaskSet, task_set

NAME = "swe-bench"
REPOSITORIES = "repositories"
LIMITS = ProblemLimits(seconds=1800.0, memory_bytes=4 << 30)
"""Of the processor time of a test run, as the set's own harness has them by the clock."""
_ASKED = "Resolve this issue of "
_DJANGO = "django/django"
_DJANGO_RUNNER = ("tests/runtests.py", "--verbosity", "2", "--settings=test_sqlite", "--parallel", "1")
_RUNS_THE_TESTS = "pytest-dev/pytest"
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
    writes = True

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

    def row_in(self, problem: Problem, folder: Path) -> dict[str, Any]:
        """Repositories are written anew, each with the commits of its instances, whose ids are therefore others."""
        instance, tests = number_of(problem, RepositoryTests)
        repository, _, statement = problem.prompt.removeprefix(_ASKED).partition(".\n\n")
        if tests.tree is None or tests.environment is None or not statement:
            raise ValueError(f"{problem.id}: `tests.tree`, `tests.environment` or `prompt` is none of the set")
        body = problem.body or {}
        shown = {path for path in _held(body.get("files")) if path != _PLACE}
        removed = tuple(path for path in tests.left_out if path not in shown)
        files = read_tree(tests.tree)
        commits = Commits(folder / REPOSITORIES / f"{repository.replace('/', '__')}.git")
        base = commits.commit(files)
        fixed = commits.commit(edited(files, _held(body.get("solution"))))
        tested = commits.commit(edited(files, tests.files, removed))
        row = {
            "repo": repository,
            "instance_id": instance,
            "base_commit": base,
            "patch": commits.difference(base, fixed),
            "test_patch": commits.difference(base, tested),
            "problem_statement": statement,
            "hints_text": "",
            "created_at": f"{problem.date}T00:00:00Z" if problem.date else "",
            "version": tests.environment.rpartition("/")[2],
            "FAIL_TO_PASS": json.dumps(tests.must_pass),
            "PASS_TO_PASS": json.dumps(tests.must_keep),
            "environment_setup_commit": "",
            **({} if problem.difficulty == UNSPECIFIED else {"difficulty": problem.difficulty}),
        }
        answer = AnswerFormat(str(body.get("answer")))
        return as_read(problem, row, lambda read: problem_of(read, folder / REPOSITORIES, answer, {}))


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
    if repository == _RUNS_THE_TESTS:
        raise ValueError(f"{instance}: the environment's pytest would run, and not the edited one; leave the row out")
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
        prompt=f"{_ASKED}{repository}.\n\n{str(row['problem_statement']).strip()}",
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
        difficulty=str(row.get("difficulty") or UNSPECIFIED),
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


def _held(texts: Any) -> dict[str, str]:
    return {str(path): str(text) for path, text in texts.items()} if isinstance(texts, dict) else {}


def _text(path: str, content: bytes) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} is no text in UTF-8") from error
