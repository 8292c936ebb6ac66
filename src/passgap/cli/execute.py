"""``passgap execute``: the sandbox alone, without a study or a task set."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import TypeAdapter, ValidationError

from passgap.cli.output import JsonOption, emit_json, stdout
from passgap.cli.sandbox_runs import Lines, MemoryOption, SecondsOption, WorkersOption, run_into, run_programs
from passgap.errors import StudyError
from passgap.languages import DEFAULT_LANGUAGE, LANGUAGES
from passgap.records import AssertTests, ExecutionJob, ExecutionResult, Limits, PairTests, Tests
from passgap.tasks import describe, read_json_lines

STYLED: TypeAdapter[Tests] = TypeAdapter(Tests)
NO_TESTS = AssertTests(statements=("assert True",))
"""Stands for the tests of a case that is refused because of them."""


def execute(
    cases: Annotated[
        Path, typer.Argument(metavar="CASES.jsonl", help='Lines {"id", "program", "test"}; .gz too, - for stdin.')
    ],
    out: Annotated[Path | None, typer.Option(help="Write the results here; a run that was killed is resumed.")] = None,
    seconds: SecondsOption = 10.0,
    memory_mib: MemoryOption = 2048,
    workers: WorkersOption = None,
    as_json: JsonOption = False,
) -> None:
    """Run programs against their tests in the sandbox, and print one result per case, in their order.

    A test is Python code: assert statements, code that defines `check(candidate)` (then `entry_point` names the
    function), a pytest or unittest file that imports `solution`, or any other script that fails by an exception. Or it
    is an object: `{"style": "stdio", "cases": [{"stdin", "stdout"}]}`, compared line by line and numbers as numbers
    (exactly, or within an `abs_tol` or `rel_tol` of the tests or of a case), or `{"style": "pairs", "cases": [{"args",
    "expected"}]}` with an `entry_point`. Functions in other languages than Python are called: `{"style": "calls",
    "function", "cases": [{"arguments", "expected"}]}`, both as expressions in that language. A case may also name the
    `language` of its program ("python" by default), and hold `files` beside it: an object of texts by path, for the
    program alone to read and import. A result says `"protocol": "inside"` where tests ran in the program's process.

    Example: `passgap execute cases.jsonl > results.jsonl`
    """
    limits = Limits(seconds=seconds, memory_bytes=memory_mib << 20)
    ids: dict[str, Any] = {}
    jobs = read_json_lines(cases, lambda row: _job(row, limits, ids), "cases", lambda job: job.key)
    if not jobs:
        raise StudyError(
            f"{cases} holds no cases", ['A case is a line like {"id": 1, "program": "...", "test": "..."}.']
        )
    if out is not None:
        lines = Lines[dict[str, Any]](
            row_of=lambda result: _row(result, ids),
            write=json.dumps,
            read=json.loads,
            key_of=lambda row: str(row["id"]),
        )
        _say(out, run_into(out, jobs, workers, lines), as_json)
        return
    collected = []
    for result in run_programs(jobs, workers):
        row = _row(result, ids)
        if as_json:
            collected.append(row)
        else:
            sys.stdout.write(json.dumps(row) + "\n")
            sys.stdout.flush()
    if as_json:
        emit_json(collected)


def _row(result: ExecutionResult, ids: Mapping[str, Any]) -> dict[str, Any]:
    """The output row of a case."""
    outcome = result.outcome
    return {
        "id": ids[result.key],
        "passed": outcome.passed,
        "outcome": outcome.kind.value,
        "reason": outcome.reason,
        "seconds": round(outcome.seconds, 6),
        **({"protocol": outcome.protocol} if outcome.protocol == "inside" else {}),
    }


def _say(out: Path, rows: list[dict[str, Any]], as_json: bool) -> None:
    if as_json:
        emit_json(rows)
        return
    counted = Counter(row["outcome"] for row in rows)
    stdout.print(f"{len(rows)} results in {out}: {', '.join(f'{n} {kind}' for kind, n in counted.most_common())}")


def _job(row: Mapping[str, Any], limits: Limits, ids: dict[str, Any]) -> ExecutionJob:
    """The job of a case. The case's id as written in the file is entered into ``ids``."""
    faults = [f"`{name}` is missing" for name in ("id", "program", "test") if name not in row]
    key, language = str(row.get("id")), str(row.get("language", DEFAULT_LANGUAGE))
    if "id" in row and (isinstance(row["id"], bool) or not isinstance(row["id"], str | int)):
        faults.append("`id` should be text or a whole number")
    tests: Tests = NO_TESTS
    try:
        if "test" in row:
            tests = _tests(row["test"], language)
    except ValueError as error:
        faults.append(describe(error))
    if isinstance(tests, PairTests) and row.get("entry_point") is None:
        faults.append("tests of the style 'pairs' need `entry_point`, the function that is called")
    stated = {name: row[name] for name in ("entry_point", "files") if name in row}
    try:
        program = row.get("program", "")
        job = ExecutionJob(key=key, program=program, tests=tests, limits=limits, language=language, **stated)
    except ValidationError as error:
        faults.append(describe(error))
    if faults:
        raise ValueError("; ".join(faults))
    ids[key] = row["id"]
    return job


def _tests(test: Any, language: str) -> Tests:
    return STYLED.validate_python(test) if isinstance(test, dict) else in_its_style(test, language)


def in_its_style(code: str | list[str], language: str = DEFAULT_LANGUAGE) -> Tests:
    """Test code as a record of the style that it is written in; a list holds one assert statement per item.

    Raises:
        ValueError: it is not a test.
    """
    if isinstance(code, list) and code and all(isinstance(statement, str) for statement in code):
        return AssertTests(statements=tuple(code))
    if not isinstance(code, str) or not code.strip():
        raise ValueError("`test` should hold code, a list of assert statements, or an object with a `style`")
    return LANGUAGES[language if language in LANGUAGES else DEFAULT_LANGUAGE].tests(code)
