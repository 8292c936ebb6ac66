"""SAFIM (Gong et al. 2024, arXiv 2403.04814): the missing middle of contest programs in C++, Java, Python and C#."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from passgap.records import Problem, StdioCase, StdioTests
from passgap.tasks.json_lines import JsonObject
from passgap.tasks.rows import as_read, behind, number_of, read_rows
from passgap.tasks.sources.base import FileUse, Source
from passgap.tasks.taskset import TaskSet, task_set

NAME = "safim"
HOLE = "{{completion}}"
LANGUAGE_OF = {"cpp": "cpp", "java": "java", "python": "python", "csharp": "csharp"}
_STATED = {language: stated for stated, language in LANGUAGE_OF.items()}


class Safim(Source):
    """Rows of the splits with tests: ``block``, ``block_v2`` and ``control``, as JSON lines or Parquet.

    Programs are run and their output compared by lines. The set's own scorer takes a middle that is identical to the
    original as right without a run, cuts middles by rules that know the syntax, and compares middles of the split
    ``api``, which has no tests and is refused here, as text.
    """

    name = NAME
    position = 15
    caption = "SAFIM: the missing middle of contest programs, by syntax (arXiv 2403.04814)"
    licence = "MIT, programs from Codeforces submissions"
    difficulty = "none stated"
    dates = "none stated; problems of April 2022 to January 2023"
    file = FileUse.REQUIRED
    writes = True

    def load(self, split: str | None, path: Path | None) -> TaskSet:
        """Load the problems of a file.

        Raises:
            StudyError: the file is not there, or any row is no problem with tests.
        """
        assert path is not None, "a file is required"
        return task_set(NAME, read_rows(path, _problem, "SAFIM's problems with tests"))

    def row_of(self, problem: Problem) -> dict[str, Any]:
        number, tests = number_of(problem, StdioTests)
        after = str((problem.body or {}).get("suffix", ""))
        row = {
            "task_id": number,
            "lang": _STATED.get(problem.language, problem.language),
            "prompt": "",
            "eval_prompt": f"{problem.prompt}{HOLE}{after}",
            "ground_truth": behind(problem, problem.prompt).removesuffix(after),
            "unit_tests": json.dumps([{"input": case.stdin, "output": [case.stdout]} for case in tests.cases]),
        }
        return as_read(problem, row, _problem)


SOURCE = Safim()


def _problem(row: JsonObject) -> Problem:
    before, hole, after = str(row["eval_prompt"]).partition(HOLE)
    if not hole:
        raise ValueError(f"`eval_prompt` should hold {HOLE}")
    if row["lang"] not in LANGUAGE_OF:
        raise ValueError(f"`lang` is {row['lang']!r}; known are {', '.join(LANGUAGE_OF)}")
    return Problem(
        id=f"{NAME}/{row['task_id']}",
        prompt=before,
        tests=StdioTests(cases=tuple(_cases(row))),
        reference=before + str(row["ground_truth"]) + after,
        source=NAME,
        language=LANGUAGE_OF[row["lang"]],
        kind="infill",
        body={"suffix": after},
    )


def _cases(row: JsonObject) -> Iterator[StdioCase]:
    """The tests, which the hub holds as the JSON of a list."""
    tests = json.loads(row["unit_tests"]) if isinstance(row["unit_tests"], str) else row["unit_tests"]
    for test in tests:
        wanted = [test["output"]] if isinstance(test["output"], str) else test["output"]
        if len(set(wanted)) != 1:
            raise ValueError(f"a test of `unit_tests` has {len(wanted)} outputs; one was expected")
        yield StdioCase(stdin=test["input"], stdout=wanted[0])
