"""Problems from a JSON-lines file: passgap's own form, or the short one that most harnesses share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from passgap.errors import PassgapError
from passgap.harnesses import HARNESSES
from passgap.languages import LANGUAGES
from passgap.records import DEFAULT_LANGUAGE, CallTests, CheckTests, Problem, PromptKind
from passgap.tasks.call_tests import split_assertions, split_tests
from passgap.tasks.json_lines import JsonObject, describe, read_json_lines
from passgap.tasks.sources.base import FileUse, Source
from passgap.tasks.taskset import TaskSet, task_set

REQUIRED = ("task_id", "prompt", "test")
COPIED = ("difficulty", "source", "date", "prompt_kind", "language", "kind", "body")
_LONGEST_FAULT = 200
OPTIONAL = ("entry_point", "reference", "canonical_solution", *COPIED)


class Jsonl(Source):
    """A file of JSON lines, plain or gzipped; the set is named after the file.

    A line is a :class:`~passgap.records.Problem` as JSON, or the short form ``{"task_id", "prompt", "test"}`` with
    any of :data:`OPTIONAL`. There, ``test`` is assert statements or code that defines ``check(candidate)``, in other
    languages than Python tests in the form of MultiPL-E or HumanEvalPack, and
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
    faults = list(_faults(row))
    if faults:
        raise ValueError("; ".join(faults))
    prompt, test, entry_point = str(row["prompt"]), str(row["test"]), row.get("entry_point")
    language = LANGUAGES[str(row.get("language") or DEFAULT_LANGUAGE)]
    tests = language.assertions(test) or _split(language.name, test, prompt, entry_point) or CheckTests(code=test)
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


def _split(language: str, test: str, prompt: str, function: str | None) -> CallTests | None:
    """Tests in a language whose functions are called, as calls and expected values; None where they are no such."""
    if language not in HARNESSES:
        return None
    head = prompt.rstrip() + "\n"
    if (split := split_tests(language, test)) is not None:
        return CallTests(function=split.called, cases=split.cases, head=head)
    if function and (asserted := split_assertions(language, test, function)) is not None:
        return CallTests(function=asserted.called, setup=asserted.setup, cases=asserted.cases, head=head)
    return None


def _faults(row: JsonObject) -> Iterator[str]:
    """Say everything that is wrong with a line, field by field."""
    unknown = sorted(row.keys() - {*REQUIRED, *OPTIONAL})
    if unknown:
        yield f"unknown: {', '.join(unknown)}; a line may hold {', '.join((*REQUIRED, *OPTIONAL))}"
    missing = [field for field in REQUIRED if not row.get(field) and row.get(field) != 0]
    if missing:
        yield f"missing: {', '.join(missing)}"
    for field in (*REQUIRED, "entry_point", "reference", "canonical_solution", "difficulty", "language"):
        value = row.get(field)
        if field not in missing and value is not None and not isinstance(value, str) and field != "task_id":
            yield f"`{field}` should be text; it is {value!r}"[:_LONGEST_FAULT]
    if not isinstance(row.get("task_id"), str | int | None):
        yield f"`task_id` should be text or a number; it is {row['task_id']!r}"[:_LONGEST_FAULT]
    name, test = row.get("language") or DEFAULT_LANGUAGE, row.get("test")
    try:
        language = LANGUAGES[str(name)]
    except PassgapError as error:
        yield describe(error)
        return
    if not isinstance(test, str) or not test:
        return
    if language.name == DEFAULT_LANGUAGE and language.parse(test) is None:
        yield "`test` cannot be parsed as Python"
    elif not row.get("entry_point") and not language.assertions(test):
        yield "tests that are not plain asserts need `entry_point`, the function to be checked"
