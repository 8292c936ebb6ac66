"""DS-1000 (Lai et al. 2022, arXiv 2211.11501): code for data science libraries, run in a given context."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from passgap.records import Problem, PromptKind, ScriptTests
from passgap.tasks.json_lines import JsonObject
from passgap.tasks.rows import as_read, number_of, read_rows
from passgap.tasks.sources.base import FileUse, Source
from passgap.tasks.taskset import TaskSet, task_set

NAME = "ds-1000"
ENVIRONMENT = "ds-1000"
_EXECUTED, _LOOKED_AT = "test_execution(", "test_string("
_INSERT = "[insert]"


class Ds1000(Source):
    """Rows as JSON lines or Parquet: the simplified form, with ``prompt``, ``reference_code`` and ``code_context``.

    A program is put where its problem's context says, executed there with each input, and its result compared by the
    context's own code, all in one process as the set does it: inside the jail. The libraries are those of the
    environment ``ds-1000``, which the person brings.
    """

    name = NAME
    position = 20
    caption = "DS-1000: code for data science libraries (arXiv 2211.11501)"
    licence = "CC-BY-SA-4.0"
    difficulty = "how the problem differs from its origin on Stack Overflow"
    dates = "none stated; published in November 2022"
    file = FileUse.REQUIRED
    writes = True

    def load(self, split: str | None, path: Path | None) -> TaskSet:
        """Load the problems of a file.

        Raises:
            StudyError: the file is not there, or any row is no problem of the set.
        """
        assert path is not None, "a file is required"
        return task_set(NAME, read_rows(path, _problem, "DS-1000's problems"))

    def row_of(self, problem: Problem) -> dict[str, Any]:
        number, tests = number_of(problem, ScriptTests)
        about = {"problem_id": int(number), "perturbation_type": problem.difficulty}
        row = {
            "prompt": problem.prompt,
            "reference_code": problem.reference,
            "metadata": about,
            "code_context": tests.code,
        }
        return as_read(problem, row, _problem)


SOURCE = Ds1000()


def _problem(row: JsonObject) -> Problem:
    context, about = str(row["code_context"]), _metadata(row["metadata"])
    if f"def {_EXECUTED}" not in context or _INSERT not in context:
        raise ValueError(f"`code_context` should define `{_EXECUTED})` and hold {_INSERT}")
    calls = [f"{name}solution)" for name in (_EXECUTED, _LOOKED_AT) if f"def {name}" in context]
    return Problem(
        id=f"{NAME}/{int(about['problem_id']):04d}",
        prompt=str(row["prompt"]).strip(),
        prompt_kind=PromptKind.INSTRUCTION,
        tests=ScriptTests(code=context, calls=tuple(calls), environment=ENVIRONMENT),
        reference=str(row["reference_code"]),
        difficulty=str(about.get("perturbation_type") or "unspecified"),
        source=NAME,
        kind="snippet",
    )


def _metadata(stated: Any) -> JsonObject:
    """The metadata, which rows hold as an object or as its JSON."""
    found = json.loads(stated) if isinstance(stated, str) else stated
    if not isinstance(found, dict):
        raise TypeError("`metadata` should be an object")
    return found
