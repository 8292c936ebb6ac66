"""Problems from a JSON-lines file: passgap's own form, or the short one that most harnesses share."""

from __future__ import annotations

from pathlib import Path

from passgap.languages import LANGUAGES
from passgap.records import DEFAULT_LANGUAGE, CheckTests, Problem, PromptKind
from passgap.tasks.json_lines import JsonObject, read_json_lines
from passgap.tasks.sources.base import FileUse, Source
from passgap.tasks.taskset import TaskSet, task_set

REQUIRED = ("task_id", "prompt", "test")
COPIED = ("difficulty", "source", "date", "prompt_kind", "language", "kind", "body")
OPTIONAL = ("entry_point", "reference", "canonical_solution", *COPIED)


class Jsonl(Source):
    """A file of JSON lines, plain or gzipped; the set is named after the file.

    A line is a :class:`~passgap.records.Problem` as JSON, or the short form ``{"task_id", "prompt", "test"}`` with
    any of :data:`OPTIONAL`. There, ``test`` is assert statements or code that defines ``check(candidate)``, and
    ``canonical_solution`` is the rest of a program that the prompt begins, as in HumanEval.
    """

    name = "jsonl"
    position = 1_000_000
    caption = "your own problems: one JSON object per line"
    licence = "that of the file"
    difficulty = "as the file states it"
    dates = "as the file states them"
    file = FileUse.REQUIRED

    def file_named(self, text: str) -> Path | None:
        return Path(text) if text.endswith((".jsonl", ".jsonl.gz")) else None

    def load(self, split: str | None, path: Path | None) -> TaskSet:
        """Load the problems of a file.

        Raises:
            StudyError: the file is not there, or any line is not a problem or has the id of an earlier one.
        """
        assert path is not None, "a file is required"
        name = path.name.removesuffix(".gz").removesuffix(".jsonl")
        problems = read_json_lines(path, lambda row: _problem(row, name), "problems", lambda problem: problem.id)
        return task_set(name, problems)


SOURCE = Jsonl()


def _problem(row: JsonObject, name: str) -> Problem:
    return Problem.model_validate(row) if "tests" in row else _short_form(row, name)


def _short_form(row: JsonObject, name: str) -> Problem:
    """Build a problem from the short form; an unknown field is refused, as it may be a known one misspelt."""
    unknown = sorted(row.keys() - {*REQUIRED, *OPTIONAL})
    if unknown:
        raise ValueError(f"unknown: {', '.join(unknown)}; a line may hold {', '.join((*REQUIRED, *OPTIONAL))}")
    missing = [field for field in REQUIRED if not row.get(field)]
    if missing:
        raise ValueError(f"missing: {', '.join(missing)}")
    prompt, test, entry_point = str(row["prompt"]), str(row["test"]), row.get("entry_point")
    language = LANGUAGES[str(row.get("language") or DEFAULT_LANGUAGE)]
    tests = language.assertions(test) or CheckTests(code=test)
    if isinstance(tests, CheckTests) and not entry_point:
        raise ValueError("tests that are not plain asserts need `entry_point`, the function to be checked")
    rest = row.get("canonical_solution")
    stated = {key: row[key] for key in COPIED if row.get(key) is not None}
    return Problem.model_validate(
        {
            "id": str(row["task_id"]),
            "prompt": prompt,
            "prompt_kind": PromptKind.CODE if language.begins_function(prompt, entry_point) else PromptKind.INSTRUCTION,
            "entry_point": entry_point,
            "tests": tests,
            "reference": row.get("reference") or (prompt + str(rest) if rest is not None else None),
            "source": name,
            **stated,
        }
    )
