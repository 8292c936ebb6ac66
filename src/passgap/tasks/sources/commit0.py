"""commit0 (Zhao et al. 2024, arXiv 2412.01769): libraries whose functions are to be written, as edits."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from passgap.kept_trees import keep_tree
from passgap.records import Problem, ProblemLimits, RepositoryTests, ResultsFormat
from passgap.tasks.edits.paths import steers_tests
from passgap.tasks.json_lines import JsonObject
from passgap.tasks.rows import read_rows
from passgap.tasks.sources._repositories import Files, files_at, found_repository
from passgap.tasks.sources.base import FileUse, Source
from passgap.tasks.taskset import TaskSet, task_set

NAME = "commit0"
REPOSITORIES, TEST_IDS = "repositories", "test_ids"
LIMITS = ProblemLimits(seconds=1800.0, memory_bytes=4 << 30)


class Commit0(Source):
    """Rows as the hub has them, beside the folders ``repositories`` and ``test_ids`` (a text per library).

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


def _ids(folder: Path, name: str) -> tuple[str, ...]:
    """The ids of a library's tests, which the set's own package has as an archive of texts.

    Raises:
        ValueError: there are none.
    """
    file = folder / f"{name.lower().replace('.', '-')}.txt"
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
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
