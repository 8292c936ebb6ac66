"""Problems from a JSON-lines file: passgap's own form, or the short one that most harnesses share."""

from __future__ import annotations

import ast
from pathlib import Path

from passgap.languages.python.assertions import assertions_of
from passgap.paths import AnyPath
from passgap.records import CheckTests, Problem, PromptKind
from passgap.tasks.json_lines import Row, read_rows
from passgap.tasks.taskset import TaskSet, task_set

REQUIRED = ("task_id", "prompt", "test")
OPTIONAL = ("entry_point", "difficulty", "reference", "canonical_solution", "source", "date", "prompt_kind")


def load_jsonl(path: AnyPath) -> TaskSet:
    """Load problems from a file of JSON lines, plain or gzipped; the set is named after the file.

    A line is a :class:`~passgap.records.Problem` as JSON, or the short form ``{"task_id", "prompt", "test"}`` with
    any of :data:`OPTIONAL`. There, ``test`` is assert statements or code that defines ``check(candidate)``, and
    ``canonical_solution`` is the rest of a program that the prompt begins, as in HumanEval.

    Raises:
        StudyError: the file is not there, or any line is no problem or has the id of an earlier one.
    """
    path = Path(path)
    name = path.name.removesuffix(".gz").removesuffix(".jsonl")
    return task_set(name, read_rows(path, lambda row: _problem(row, name), "problems", lambda problem: problem.id))


def _problem(row: Row, name: str) -> Problem:
    return Problem.model_validate(row) if "tests" in row else _short_form(row, name)


def _short_form(row: Row, name: str) -> Problem:
    """Build a problem from the short form; an unknown field is refused, as it may be a known one misspelt."""
    unknown = sorted(row.keys() - {*REQUIRED, *OPTIONAL})
    if unknown:
        raise ValueError(f"unknown: {', '.join(unknown)}; a line may hold {', '.join((*REQUIRED, *OPTIONAL))}")
    missing = [field for field in REQUIRED if not row.get(field)]
    if missing:
        raise ValueError(f"missing: {', '.join(missing)}")
    prompt, test, entry_point = str(row["prompt"]), str(row["test"]), row.get("entry_point")
    tests = assertions_of(test) or CheckTests(code=test)
    if isinstance(tests, CheckTests) and not entry_point:
        raise ValueError("tests that are not plain asserts need `entry_point`, the function to be checked")
    rest = row.get("canonical_solution")
    stated = {key: row[key] for key in ("difficulty", "source", "date", "prompt_kind") if row.get(key) is not None}
    return Problem.model_validate(
        {
            "id": str(row["task_id"]),
            "prompt": prompt,
            "prompt_kind": PromptKind.CODE if _begins_program(prompt, entry_point) else PromptKind.INSTRUCTION,
            "entry_point": entry_point,
            "tests": tests,
            "reference": row.get("reference") or (prompt + str(rest) if rest is not None else None),
            "source": name,
            **stated,
        }
    )


def _begins_program(prompt: str, entry_point: str | None) -> bool:
    """Whether a prompt is the head of a program that only lacks the body of its function."""
    try:
        body = ast.parse(prompt.rstrip() + "\n    pass").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    last = body[-1]
    return isinstance(last, ast.FunctionDef) and entry_point in (None, last.name)
