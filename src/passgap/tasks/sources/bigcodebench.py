"""BigCodeBench (Zhuo et al. 2024, arXiv 2406.15877): functions that use libraries, tested by unittest classes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from passgap.records import Problem, PromptKind, PytestTests
from passgap.tasks.json_lines import JsonObject
from passgap.tasks.rows import as_read, number_of, read_rows
from passgap.tasks.sources.base import FileUse, Source
from passgap.tasks.taskset import TaskSet, task_set

NAME = "bigcodebench"
COMPLETE, INSTRUCT = "complete", "instruct"


class BigCodeBench(Source):
    """Rows as JSON lines or Parquet; the split says whether a head is completed or a description followed.

    The set's own scorer runs program and tests as one module; here the tests run outside the jail, and import the
    function. Tests that replace names of the program's module may fail a right program, and programs can import the
    libraries that are installed here and no others: run the references first, and leave out what does not pass.
    """

    name = NAME
    position = 16
    caption = "BigCodeBench: Python functions that use libraries (arXiv 2406.15877)"
    licence = "Apache-2.0"
    difficulty = "none stated"
    dates = "none stated; published in June 2024"
    splits = (COMPLETE, INSTRUCT)
    file = FileUse.REQUIRED
    writes = True

    def load(self, split: str | None, path: Path | None) -> TaskSet:
        """Load a split.

        Raises:
            StudyError: the file is not there, or any row is no problem of the set.
        """
        assert path is not None, "a file is required"
        rows = read_rows(path, lambda row: _problem(row, split == COMPLETE), "BigCodeBench's problems")
        return task_set(f"{NAME}/{split}", rows)

    def row_of(self, problem: Problem) -> dict[str, Any]:
        """The reference stands whole in ``code_prompt``: where it is divided is not kept."""
        number, tests = number_of(problem, PytestTests)
        imported, _, test = tests.code.partition("\n")
        if imported != f"from solution import {problem.entry_point}":
            raise ValueError(f"{problem.id}: its tests do not begin with the import of the function")
        row = {
            "task_id": f"BigCodeBench/{number}",
            "complete_prompt": problem.prompt,
            "instruct_prompt": problem.prompt,
            "code_prompt": problem.reference,
            "canonical_solution": "",
            "test": test,
            "entry_point": problem.entry_point,
        }
        return as_read(problem, row, lambda read: _problem(read, problem.prompt_kind is PromptKind.CODE))


SOURCE = BigCodeBench()


def _problem(row: JsonObject, complete: bool) -> Problem:
    name, test = str(row["entry_point"]), str(row["test"])
    if "class TestCases" not in test:
        raise ValueError("`test` should define the class `TestCases`")
    head = str(row["complete_prompt"])
    return Problem(
        id=f"{NAME}/{str(row['task_id']).rpartition('/')[2]}",
        prompt=head if complete else str(row["instruct_prompt"]),
        prompt_kind=PromptKind.CODE if complete else PromptKind.INSTRUCTION,
        entry_point=name,
        tests=PytestTests(code=f"from solution import {name}\n{test}"),
        reference=str(row.get("code_prompt") or head) + str(row["canonical_solution"]),
        source=NAME,
    )
