"""EvalPlus: ``*_eval_results.json`` of its current and its first versions."""

from __future__ import annotations

from typing import Any

from passgap.logs.formats.base import LogContent, LogFormat
from passgap.logs.imported import ImportedLog, LogBuilder
from passgap.logs.json_content import JsonDocument
from passgap.logs.program_digest import program_digest
from passgap.records import OutcomeKind

_OUTCOMES = {
    "pass": OutcomeKind.PASSED,
    "success": OutcomeKind.PASSED,
    "fail": OutcomeKind.FAILED,
    "failed": OutcomeKind.FAILED,
    "timeout": OutcomeKind.TIMEOUT,
    "timed out": OutcomeKind.TIMEOUT,
}


class EvalPlus(LogFormat):
    """``*_eval_results.json``."""

    name = "EvalPlus"
    position = 40
    files = "EvalPlus _eval_results.json"
    marks = ('"eval"', '"hash"')

    def recognises(self, content: LogContent) -> bool:
        value = content.value if isinstance(content, JsonDocument) else None
        return isinstance(value, dict) and isinstance(value.get("eval"), dict) and not value.keys() & {"status", "plan"}

    def read(self, content: LogContent, where: str) -> ImportedLog:
        assert isinstance(content, JsonDocument)
        return _read(content.value, where)


FORMAT = EvalPlus()


def _read(document: dict[str, Any], where: str) -> ImportedLog:
    """Read ``{"eval": {task: [{"base_status", "plus_status", ...}]}}``.

    A sample passed if it passed the base tests and, if they were run, the extra ones, as in EvalPlus's "+" score.
    """
    builder = LogBuilder(FORMAT.name, where)
    tasks = document["eval"]
    extra = set()
    for task, entry in tasks.items() if isinstance(tasks, dict) else ():
        samples = _pairs(entry)
        if samples is None:
            builder.problems.append(f"{task}: needs a list of samples with base_status and plus_status")
            continue
        if not samples:
            builder.add_empty(task)
        for index, (base, plus, program) in enumerate(samples):
            kinds = [_OUTCOMES.get(str(status)) for status in (base, plus) if status is not None]
            if base is None or None in kinds:
                builder.problems.append(f"{task}, sample {index}: the statuses {base!r} and {plus!r} are not known")
                continue
            extra.add(plus is not None)
            kind = next((each for each in kinds if each is not OutcomeKind.PASSED), OutcomeKind.PASSED)
            builder.add(
                task,
                kind is OutcomeKind.PASSED,
                sample=index,
                outcome=kind,
                program=None if program is None else program_digest(program),
            )
    if len(extra) > 1:
        builder.problems.append("some samples were run on the extra tests and some were not: a mix of two runs")
    builder.notes.append("passed means base and extra tests" if True in extra else "passed means base tests alone")
    return builder.finish()


def _pairs(entry: Any) -> list[tuple[Any, Any, str | None]] | None:
    """(base status, plus status, program) of each sample, in either version of the format."""
    if isinstance(entry, list) and all(isinstance(each, dict) and "base_status" in each for each in entry):
        return [
            (each["base_status"], each.get("plus_status"), each.get("solution") if _is_text(each) else None)
            for each in entry
        ]
    if isinstance(entry, dict) and isinstance(entry.get("base"), list):
        base = [_status(each) for each in entry["base"]]
        plus = [_status(each) for each in entry.get("plus") or [None] * len(base)]
        return [(a, b, None) for a, b in zip(base, plus, strict=True)] if len(base) == len(plus) else None
    return None


def _is_text(entry: dict[str, Any]) -> bool:
    return isinstance(entry.get("solution"), str)


def _status(value: Any) -> Any:
    return value[0] if isinstance(value, list) and value else value
