"""APPS (Hendrycks et al. 2021, arXiv 2105.09938): contest problems in Python, functions and whole programs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from passgap.records import PairCase, PairTests, Problem, ProblemLimits, StdioCase, StdioTests
from passgap.tasks.contest_prompts import asked, stated
from passgap.tasks.json_lines import JsonObject
from passgap.tasks.rows import as_read, number_of, read_rows
from passgap.tasks.sources.base import FileUse, Source
from passgap.tasks.sources.livecodebench.profiles import LIVECODEBENCH_PRELUDE
from passgap.tasks.taskset import TaskSet, task_set

NAME = "apps"
SECONDS = 4


class Apps(Source):
    """Rows as JSON lines or Parquet. Rows without tests are refused.

    Output is compared by lines, as text or as decimals, and values by ``==``. The set's own scorer tries some ten
    comparisons more, sets of words among them, which take a wrong order or number of lines for right: this is stricter.
    """

    name = NAME
    position = 12
    caption = "APPS: contest problems in Python (arXiv 2105.09938)"
    licence = "MIT"
    difficulty = "introductory, interview or competition"
    dates = "none stated; published in May 2021"
    file = FileUse.REQUIRED
    writes = True

    def load(self, split: str | None, path: Path | None) -> TaskSet:
        """Load the problems of a file.

        Raises:
            StudyError: the file is not there, or any row is no problem with tests.
        """
        assert path is not None, "a file is required"
        return task_set(NAME, read_rows(path, _problem, "APPS's problems"))

    def row_of(self, problem: Problem) -> dict[str, Any]:
        question, starter = stated(problem.prompt)
        held: dict[str, Any]
        if problem.entry_point is None:
            name, runs = number_of(problem, StdioTests)
            held = {"inputs": [each.stdin for each in runs.cases], "outputs": [each.stdout for each in runs.cases]}
        else:
            name, calls = number_of(problem, PairTests)
            held = {"inputs": [each.args for each in calls.cases], "outputs": [each.expected for each in calls.cases]}
            held["fn_name"] = problem.entry_point
        row = {
            "problem_id": name,
            "question": question,
            "starter_code": starter,
            "input_output": json.dumps(held),
            "difficulty": problem.difficulty,
        }
        return as_read(problem, row, _problem)


SOURCE = Apps()


def _problem(row: JsonObject) -> Problem:
    stated = row["input_output"] or {}
    held = json.loads(stated) if isinstance(stated, str) else stated
    inputs, outputs = held.get("inputs") or [], held.get("outputs") or []
    if not inputs or len(inputs) != len(outputs):
        raise ValueError("`input_output` should hold as many `outputs` as `inputs`, at least one")
    name = held.get("fn_name")
    number = row["problem_id"] if "problem_id" in row else row["id"]
    return Problem(
        id=f"{NAME}/{number}",
        prompt=asked(str(row["question"]), str(row.get("starter_code") or f"def {name}(") if name else None),
        entry_point=name,
        tests=_calls(inputs, outputs) if name else _runs(inputs, outputs),
        difficulty=str(row["difficulty"]),
        source=NAME,
        limits=ProblemLimits(seconds=SECONDS * (len(inputs) if name else 1)),
    )


def _runs(inputs: list[Any], outputs: list[Any]) -> StdioTests:
    cases = (StdioCase(stdin=_text(given), stdout=_text(wanted)) for given, wanted in zip(inputs, outputs, strict=True))
    return StdioTests(cases=tuple(cases), prelude=LIVECODEBENCH_PRELUDE)


def _text(lines: Any) -> str:
    return "\n".join(map(str, lines)) if isinstance(lines, list) else str(lines)


def _calls(inputs: list[Any], outputs: list[Any]) -> PairTests:
    cases = (PairCase(args=tuple(given), expected=wanted) for given, wanted in zip(inputs, outputs, strict=True))
    return PairTests(cases=tuple(cases), comparison="apps", prelude=LIVECODEBENCH_PRELUDE)
