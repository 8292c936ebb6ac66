"""Any task set as passgap's own JSON lines, which the source ``jsonl`` reads back, or in the format of a public set."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

from passgap.errors import StudyError
from passgap.kept_cases import kept_cases
from passgap.paths import AnyPath
from passgap.records import PairTests, Problem, StdioTests, digested
from passgap.store import write_text
from passgap.tasks.json_lines import describe, shown
from passgap.tasks.sources import SOURCES
from passgap.tasks.taskset import TaskSet


def write_tasks(tasks: TaskSet, out: AnyPath, *, whole: bool = True) -> Path:
    """Write a task set as JSON lines, one problem a line; read back, they are the same problems.

    Args:
        tasks: the set.
        out: the file, which appears complete; its name ends in ``.jsonl``.
        whole: write tests that are kept in the cache into the file as well, so that it stands alone; without, the file
            holds their digests, and can be used where the cache is.

    Raises:
        StudyError: the name has another ending, or the file cannot be written, or kept tests are gone.
    """
    path = Path(out)
    if path.suffix != ".jsonl":
        raise StudyError(f"{path} should end in .jsonl", ["The file would not be known as a task set."])
    try:
        write_text(path, "".join(_lines(tasks, whole)))
    except OSError as error:
        raise StudyError(f"{path} cannot be written", [str(error)]) from error
    return path


def write_rows(tasks: TaskSet, source: str, out: AnyPath) -> Path:
    """Write problems as rows of a public set's own format, which its source reads back as the same problems.

    Args:
        tasks: of that set, wherever they were read from.
        source: the name of the set.
        out: the file, which appears complete; its name ends in ``.jsonl``.

    Raises:
        StudyError: the set is not known or cannot be written, a problem is none that a row of it could be read as, or
            the file cannot be written.
    """
    path = Path(out)
    if path.suffix != ".jsonl":
        raise StudyError(f"{path} should end in .jsonl", ["The file would not be known as a task set."])
    writing = [name for name, each in SOURCES.items() if each.writes]
    if source not in writing:
        raise StudyError(f"problems cannot be written as rows of {source}", [f"These sets can: {', '.join(writing)}."])
    try:
        with tempfile.TemporaryDirectory(prefix=".passgap-", dir=path.parent) as folder:
            rows = _rows(tasks, source, Path(folder))
            beside = sorted(Path(folder).iterdir())
            taken = [str(path.parent / each.name) for each in beside if (path.parent / each.name).exists()]
            if taken:
                raise StudyError(
                    f"{path.parent} holds what would be written beside {path.name}",
                    [f"{each} is there already. Name a file in another folder." for each in taken],
                )
            for each in beside:
                each.rename(path.parent / each.name)
            write_text(path, "".join(rows))
    except OSError as error:
        raise StudyError(f"{path} cannot be written", [str(error)]) from error
    return path


def _rows(tasks: TaskSet, source: str, folder: Path) -> list[str]:
    """The rows of problems, each a line; what they are about is written into a folder.

    Raises:
        StudyError: there is no row of some of them; all are named.
    """
    rows, faults = [], []
    for problem in tasks.problems:
        if problem.source != source:
            faults.append(
                f"{problem.id}: its `source` is `{problem.source}`, and a row would be read as one of {source}"
            )
            continue
        try:
            rows.append(json.dumps(SOURCES[source].row_in(with_all_cases(problem), folder)) + "\n")
        except (ValueError, KeyError, TypeError) as error:
            faults.append(describe(error))
    if faults:
        raise StudyError(
            f"{tasks.name} holds problems that are no rows of {source}; nothing was written", shown(faults)
        )
    return rows


def _lines(tasks: TaskSet, whole: bool) -> Iterator[str]:
    for problem in tasks.problems:
        yield json.dumps(_written(problem if not whole else with_all_cases(problem))) + "\n"


def _written(problem: Problem) -> object:
    fields = digested(problem)
    fields.setdefault("tests", problem.tests.model_dump(mode="json"))  # a problem without tests says so
    return fields


def with_all_cases(problem: Problem) -> Problem:
    """The same problem with the tests that are kept on disk among its own.

    Raises:
        StudyError: they are not there any more.
    """
    tests = problem.tests
    if not isinstance(tests, StdioTests | PairTests) or tests.kept is None:
        return problem
    stated = tests.model_dump(mode="json", exclude={"kept"})
    stated["cases"] = [*stated["cases"], *kept_cases(tests.kept)]
    return problem.model_copy(update={"tests": type(tests).model_validate(stated)})
