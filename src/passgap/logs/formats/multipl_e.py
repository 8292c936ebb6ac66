"""MultiPL-E: ``*.results.json``, one object per problem with the results of its completions."""

from __future__ import annotations

from typing import Any

from passgap.languages import DEFAULT_LANGUAGE, language_called
from passgap.logs.formats.base import LogContent, LogFormat, Refusal
from passgap.logs.imported import ImportedLog, LogBuilder
from passgap.logs.json_content import JsonDocument, JsonLines
from passgap.logs.program_digest import program_digest
from passgap.records import OutcomeKind

_PASSED, _TIMEOUT = "OK", "Timeout"


class MultiplE(LogFormat):
    """``*.results.json``: one of them, a list of them, or one per line."""

    name = "MultiPL-E"
    position = 55
    files = "MultiPL-E .results.json (all problems in one file, one per line)"
    marks = ('"prompt_terminology"', '"doctests"')

    def recognises(self, content: LogContent) -> bool:
        return {"name", "language", "results"} <= _first(content).keys()

    def read(self, content: LogContent, where: str) -> ImportedLog:
        return _read(_rows(content), LogBuilder(self.name, where))

    def refusal(self, content: LogContent) -> Refusal | None:
        first = _first(content).keys()
        if {"name", "language", "completions"} <= first and "results" not in first:
            return Refusal("completions of MultiPL-E", "evaluate them first, and give the .results.json files")
        return None


FORMAT = MultiplE()


def _rows(content: LogContent) -> list[Any]:
    if isinstance(content, JsonLines):
        return [row for _, row in content.lines]
    if not isinstance(content, JsonDocument):
        return []
    return content.value if isinstance(content.value, list) else [content.value]


def _first(content: LogContent) -> dict[str, Any]:
    rows = _rows(content)
    return rows[0] if rows and isinstance(rows[0], dict) else {}


def _read(rows: list[Any], builder: LogBuilder) -> ImportedLog:
    """Read ``{"name", "language", "results": [{"program", "status", "exit_code", ...}]}``."""
    lists: list[list[str]] = []
    for number, row in enumerate(rows, start=1):
        if not isinstance(row, dict) or not isinstance(row.get("name"), str):
            builder.problems.append(f"problem {number} has no name")
            continue
        task, results = f"{row.get('language')}/{row['name']}", row.get("results")
        if not isinstance(results, list) or not all(
            isinstance(each, dict) and isinstance(each.get("status"), str) for each in results
        ):
            builder.problems.append(f"{task}: needs a list of results, each with its status")
            continue
        lists.append([each["status"] for each in results])
        if not results:
            builder.add_empty(task)
        for index, result in enumerate(results):
            _add(builder, task, index, result, str(row.get("language")))
    if _stopped(lists):
        builder.problems.append(
            "the samples of every solved problem end with its first success: the run stopped there, and what is left "
            "of it says nothing about pass rates"
        )
    builder.notes.append("passed means that the program's process ended well, by MultiPL-E's own rule")
    return builder.finish()


def _add(builder: LogBuilder, task: str, index: int, result: dict[str, Any], language: str) -> None:
    status, program = result["status"], result.get("program")
    kinds = {_PASSED: OutcomeKind.PASSED, _TIMEOUT: OutcomeKind.TIMEOUT}
    known = language_called(language.partition("_")[0])
    digest = program_digest(program, known.name if known else DEFAULT_LANGUAGE) if isinstance(program, str) else None
    builder.add(
        task,
        status == _PASSED,
        sample=index,
        outcome=kinds.get(status, OutcomeKind.FAILED),
        reason="" if status == _PASSED else status,
        program=digest,
    )


def _stopped(lists: list[list[str]]) -> bool:
    """Whether a run stopped at each problem's first success."""
    solved = [each for each in lists if _PASSED in each]
    at_first = all(each.index(_PASSED) == len(each) - 1 for each in solved)
    return bool(solved) and at_first and len({len(each) for each in lists}) > 1
