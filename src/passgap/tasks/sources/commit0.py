"""commit0 (Zhao et al. 2024, arXiv 2412.01769): libraries whose functions are to be written, as edits."""

from __future__ import annotations

import bz2
import os
from pathlib import Path, PurePosixPath
from typing import Any

from passgap.kept_trees import keep_tree, read_tree
from passgap.records import Problem, ProblemLimits, RepositoryTests, ResultsFormat
from passgap.tasks.edits.paths import steers_tests
from passgap.tasks.json_lines import JsonObject
from passgap.tasks.rows import as_read, number_of, read_rows
from passgap.tasks.sources._commits import Commits, edited
from passgap.tasks.sources._git import Files
from passgap.tasks.sources._repositories import files_at, found_repository
from passgap.tasks.sources.base import FileUse, Source
from passgap.tasks.taskset import TaskSet, task_set

NAME = "commit0"
REPOSITORIES, TEST_IDS = "repositories", "test_ids"
_OWNER = "commit-0"
LIMITS = ProblemLimits(seconds=1800.0, memory_bytes=4 << 30)


class Commit0(Source):
    """Rows as the hub has them, beside the folders ``repositories`` and ``test_ids`` (a file per library).

    A sample is right where every test passes; the set's own score is the share of tests that do, which the outcome's
    cases give. Every module of the library may be written whole. Tests run in the environment ``commit0/NAME``.
    """

    name = NAME
    position = 19
    caption = "commit0: Python libraries to be written whole (arXiv 2412.01769)"
    licence = "MIT; each library has its own"
    difficulty = "none stated"
    dates = "none stated; published in December 2024"
    file = FileUse.REQUIRED
    writes = True

    def load(self, split: str | None, path: Path | None) -> TaskSet:
        """Load the rows of a file, or of the files in a folder.

        Raises:
            StudyError: nothing is there, a row is damaged, or its repository or the ids of its tests are missing.
        """
        assert path is not None, "a file is required"
        folder = path if path.is_dir() else path.parent
        return task_set(
            NAME, read_rows(path, lambda row: _problem(row, folder), "commit0's libraries", apart=REPOSITORIES)
        )

    def row_in(self, problem: Problem, folder: Path) -> dict[str, Any]:
        """The library's repository is written anew with two commits, whose ids are therefore others."""
        name, tests = number_of(problem, RepositoryTests)
        body = problem.body or {}
        shown, solution = _held(body.get("files")), _held(body.get("solution"))
        if tests.tree is None or len(tests.command) != 2 or not shown:
            raise ValueError(f"{problem.id}: `tests.tree`, `tests.command` or `body.files` is none of the set")
        files = read_tree(tests.tree)
        commits = Commits(folder / REPOSITORIES / name)
        ids = folder / TEST_IDS / _ids_file(name)
        ids.parent.mkdir(exist_ok=True)
        ids.write_text("".join(f"{each}\n" for each in tests.must_pass), encoding="utf-8")
        row = {
            "repo": f"{_OWNER}/{name}",
            "base_commit": commits.commit(files),
            "reference_commit": commits.commit(edited(files, solution)),
            "setup": {},
            "test": {"test_cmd": "pytest", "test_dir": tests.command[1]},
            "src_dir": os.path.commonpath(shown) if len(shown) == 1 else os.path.commonpath(map(_folder_of, shown)),
        }
        return as_read(problem, row, lambda read: _problem(read, folder))


SOURCE = Commit0()


def _problem(row: JsonObject, folder: Path) -> Problem:
    repository, commit = str(row["repo"]), str(row["base_commit"])
    name = repository.rpartition("/")[2]
    place = found_repository(folder / REPOSITORIES, repository, name)
    files, solved = files_at(place, commit), files_at(place, str(row["reference_commit"]))
    tests, library = str(row["test"]["test_dir"]).strip("/"), str(row["src_dir"]).strip("/")
    hidden = {path: text for path, text in _texts(files).items() if _is_below(path, tests)}
    shown = {
        path: text
        for path, text in _texts(files).items()
        if _is_below(path, library) and path.endswith(".py") and path not in hidden and not steers_tests(path)
    }
    if not hidden or not shown:
        raise ValueError(f"{name}: no tests at `{tests}`, or no modules at `{library}`")
    after = _texts(solved)
    changed = {path: after[path] for path, text in shown.items() if path in after and after[path] != text}
    return Problem(
        id=f"{NAME}/{name}",
        prompt=f"Write the missing bodies of the functions of the library {name}, so that its tests pass.",
        tests=RepositoryTests(
            files=hidden,
            command=("{pytest}", tests),
            results=ResultsFormat.PYTEST,
            must_pass=_ids(folder / TEST_IDS, name),
            environment=f"{NAME}/{name}",
            tree=keep_tree(files),
            left_out=tuple(sorted(shown)),
        ),
        source=NAME,
        kind="repository-edit",
        limits=LIMITS,
        body={"files": shown, "editable": sorted(shown), "solution": changed},
    )


def _ids_file(name: str) -> str:
    return f"{name.lower().replace('.', '-')}.txt"


def _folder_of(path: str) -> str:
    return PurePosixPath(path).parent.as_posix()


def _held(texts: Any) -> dict[str, str]:
    return {str(path): str(text) for path, text in texts.items()} if isinstance(texts, dict) else {}


def _ids(folder: Path, name: str) -> tuple[str, ...]:
    """The ids of a library's tests: a text, or compressed with bzip2 as the set's own package has them.

    Raises:
        ValueError: there are none.
    """
    file = folder / _ids_file(name)
    packed = file.with_suffix(".bz2")
    try:
        content = bz2.decompress(packed.read_bytes()) if packed.exists() and not file.exists() else file.read_bytes()
        lines = content.decode("utf-8").splitlines()
    except (OSError, UnicodeDecodeError, ValueError) as error:
        raise ValueError(f"the ids of the tests of {name} cannot be read: {error}") from error
    found = tuple(dict.fromkeys(line.strip() for line in lines if "::" in line))
    if not found:
        raise ValueError(f"{file} holds no ids of tests")
    return found


def _texts(files: Files) -> dict[str, str]:
    """The files that are text."""
    found = {}
    for path, (content, _) in files.items():
        try:
            found[path] = content.decode("utf-8")
        except UnicodeDecodeError:
            continue
    return found


def _is_below(path: str, folder: str) -> bool:
    return path == folder or PurePosixPath(path).is_relative_to(folder)
