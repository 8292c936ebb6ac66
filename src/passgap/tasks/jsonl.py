"""Problems from a JSON-lines file: passgap's own form, or the short one that most harnesses share."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from passgap.errors import StudyError
from passgap.records import UNSPECIFIED, CheckTests, Problem, PromptKind
from passgap.tasks.asserts import assertions_of
from passgap.tasks.taskset import TaskSet, task_set

SHOWN_LINES = 20


def load_jsonl(path: Path) -> TaskSet:
    """Load problems from a file.

    A line is a :class:`~passgap.records.Problem` as JSON, or the short form ``{"task_id", "prompt", "entry_point",
    "test"}`` with an optional ``"difficulty"`` and ``"reference"``, where ``test`` is assert statements or code that
    defines ``check(candidate)``.

    Raises:
        StudyError: the file is not there, or a line is no problem; up to twenty lines are named.
    """
    if not path.exists():
        raise StudyError(f"{path} is not there", ["A task set in JSON lines needs `path`, relative to the study."])
    problems: list[Problem] = []
    faults: list[str] = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            problems.append(Problem.model_validate(row) if "tests" in row else _short_form(row, path.stem))
        except ValidationError as error:
            first = error.errors()[0]
            faults.append(f"line {number}: {'.'.join(map(str, first['loc']))}: {first['msg']}")
        except (ValueError, KeyError, TypeError) as error:
            faults.append(f"line {number}: {type(error).__name__}: {error}")
    if faults:
        more = len(faults) - SHOWN_LINES
        shown = faults[:SHOWN_LINES] + ([f"and {more} more lines"] if more > 0 else [])
        raise StudyError(f"{path} does not hold problems: nothing of it is used", shown)
    return task_set(path.stem, problems)


def _short_form(row: dict[str, Any], source: str) -> Problem:
    test = str(row["test"])
    prompt = str(row["prompt"])
    return Problem(
        id=str(row["task_id"]),
        prompt=prompt,
        prompt_kind=PromptKind.CODE if prompt.lstrip().startswith(("def ", "from ", "import ")) else "instruction",
        entry_point=row.get("entry_point"),
        tests=assertions_of(test) or CheckTests(code=test),
        reference=row.get("reference"),
        difficulty=str(row.get("difficulty") or UNSPECIFIED),
        source=source,
    )
