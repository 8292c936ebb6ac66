"""LiveCodeBench: ``*_eval_all.json``, a list of problems with their graded samples."""

from __future__ import annotations

import re
from typing import Any

from passgap.logs.formats.base import LogContent, LogFormat, Refusal
from passgap.logs.imported import ImportedLog, LogBuilder, difficulty_of, text_of
from passgap.logs.json_content import JsonDocument
from passgap.logs.program_digest import program_digest
from passgap.records import OutcomeKind

_TIME_LIMIT = re.compile(r'"error_code": -3\b')


class LiveCodeBench(LogFormat):
    """``*_eval_all.json``."""

    name = "LiveCodeBench"
    position = 50
    files = "LiveCodeBench _eval_all.json"
    marks = ('"question_id"',)

    def recognises(self, content: LogContent) -> bool:
        return {"question_id", "graded_list"} <= _first_entry(content).keys()

    def read(self, content: LogContent, where: str) -> ImportedLog:
        assert isinstance(content, JsonDocument)
        return _read(content.value, where)

    def refusal(self, content: LogContent) -> Refusal | None:
        fields = _first_entry(content).keys()
        if "question_id" in fields and "graded_list" not in fields:
            return Refusal("generations of LiveCodeBench", "evaluate them first, and give the _eval_all.json")
        if {"pass@1", "detail"} <= fields:
            return Refusal("the metrics of LiveCodeBench", "give the _eval_all.json that lies beside it")
        return None


FORMAT = LiveCodeBench()


def _first_entry(content: LogContent) -> dict[str, Any]:
    """The first entry of a document that is a list of objects."""
    value = content.value if isinstance(content, JsonDocument) else None
    return value[0] if isinstance(value, list) and value and isinstance(value[0], dict) else {}


def _read(document: list[dict[str, Any]], where: str) -> ImportedLog:
    """Read ``[{"question_id", "difficulty", "graded_list", "code_list", ...}]``."""
    builder = LogBuilder(FORMAT.name, where)
    for position, problem in enumerate(document):
        name = text_of(problem.get("question_id")) if isinstance(problem, dict) else None
        if name is None:
            builder.problems.append(f"entry {position} has no question_id")
            continue
        graded = problem.get("graded_list")
        if not isinstance(graded, list) or not all(isinstance(each, bool) for each in graded):
            builder.problems.append(f"{name}: needs a graded_list of true and false; was it evaluated?")
            continue
        programs = problem.get("code_list")
        if isinstance(programs, list) and len(programs) != len(graded):
            builder.problems.append(
                f"{name}: its graded_list has {len(graded)} entries and its code_list {len(programs)}: the file is "
                f"damaged, or was not evaluated to its end"
            )
            continue
        if not graded:
            builder.add_empty(name, difficulty_of(problem.get("difficulty")))
        late = _late(problem.get("metadata"), len(graded))
        for index, passed in enumerate(graded):
            text = programs[index] if isinstance(programs, list) else None
            builder.add(
                name,
                passed,
                sample=index,
                outcome=OutcomeKind.TIMEOUT if not passed and late[index] else None,
                program=program_digest(text) if isinstance(text, str) else None,
                difficulty=difficulty_of(problem.get("difficulty")),
            )
    return builder.finish()


def _late(metadata: Any, samples: int) -> list[bool]:
    """Which samples timed out: the harness writes an error code as JSON text for each."""
    if not isinstance(metadata, list) or len(metadata) != samples:
        return [False] * samples
    return [isinstance(each, str) and _TIME_LIMIT.search(each) is not None for each in metadata]
