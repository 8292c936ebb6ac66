"""HumanEval-X (Zheng et al. 2023, arXiv 2303.17568): HumanEval in Python, C++, Java, JavaScript, Go and Rust."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from passgap.records import Problem, PromptKind
from passgap.tasks.json_lines import JsonObject
from passgap.tasks.rows import as_read, read_rows
from passgap.tasks.sources import _pack_rows as rows
from passgap.tasks.sources import humanevalpack as pack
from passgap.tasks.sources.base import FileUse, Source
from passgap.tasks.taskset import TaskSet, task_set

NAME = "humaneval-x"
_NAMED = re.compile(r"check\((\w+)\)\s*\Z")
_CALLED = re.compile(r"(\w+)\s*(?:=\s*)?\(")
_STATED = rows.inverse(pack.LANGUAGE_OF)
_NO_NAMES = frozenset({"if", "for", "while", "function", "func", "fn", "def", "main", "issame", "hash"})


class HumanEvalX(Source):
    """The file of one language, as JSON lines or Parquet.

    Functions are called and their values compared outside the jail where the tests can be split. The set's own scorer
    runs tests and program together, for 3 s with the compiler's time; here the study's limit holds without it.
    """

    name = NAME
    position = 14
    caption = "HumanEval-X: HumanEval in six languages (arXiv 2303.17568)"
    licence = "Apache-2.0"
    difficulty = "none stated"
    dates = "none stated; published in March 2023, after HumanEval of July 2021"
    file = FileUse.REQUIRED
    writes = True

    def load(self, split: str | None, path: Path | None) -> TaskSet:
        """Load the problems of a file.

        Raises:
            StudyError: the file is not there, or any row is no problem of the set.
        """
        assert path is not None, "a file is required"
        return task_set(NAME, read_rows(path, _problem, "HumanEval-X's problems"))

    def row_of(self, problem: Problem) -> dict[str, Any]:
        """The tests are written as the set writes them."""
        if problem.language not in _STATED:
            raise ValueError(f"{problem.id}: the language `{problem.language}` is none of the set")
        parts = rows.parts_of(problem, pack.GO_IMPORTS)
        begun = problem.prompt if parts.begun is None else parts.begun
        row = {
            **rows.common_fields(problem, _STATED[problem.language], parts, begun),
            "prompt": problem.prompt,
        }
        return as_read(problem, row, _problem)


SOURCE = HumanEvalX()


def _problem(row: JsonObject) -> Problem:
    known = {**row, "entry_point": _function_of(row), "test_setup": row.get("test_setup", "")}
    language = pack.language_of(known)
    return Problem(
        id=f"{NAME}/{language}/{str(row['task_id']).rpartition('/')[2]}",
        prompt=row["prompt"],
        prompt_kind=PromptKind.CODE,
        entry_point=known["entry_point"],
        tests=pack.tests_of(known),
        reference=pack.begun_of(known) + row["canonical_solution"],
        source=NAME,
        language=language,
    )


def _function_of(row: JsonObject) -> str:
    """The function that is asked for: the one that the tests check, or the last that the declaration names."""
    named = _NAMED.search(str(row["test"]).rstrip())
    if named is not None:
        return str(named[1])
    heads = [name for name in _CALLED.findall(str(row["declaration"])) if name not in _NO_NAMES]
    if not heads:
        raise ValueError("`declaration` names no function")
    return str(heads[-1])
