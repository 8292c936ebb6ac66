"""``passgap execute``: the bare sandbox."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from passgap.cli import console
from passgap.cli.app import app
from passgap.errors import StudyError
from passgap.execution import SandboxExecutor
from passgap.records import CheckTests, ExecutionJob, Limits
from passgap.store.results import SHOWN_PROBLEMS
from passgap.tasks import assertions_of

SecondsOption = Annotated[float, typer.Option(min=0.1, help="Seconds that one program may take.")]
MemoryOption = Annotated[int, typer.Option("--memory-mib", min=64, help="Memory that one program may take, in MiB.")]
WorkersOption = Annotated[int | None, typer.Option(min=1, help="Programs at once; by default one a core.")]


@app.command()
def execute(
    cases: Annotated[Path, typer.Argument(metavar="CASES.jsonl", help='Lines {"id", "program", "test"}.')],
    seconds: SecondsOption = 10.0,
    memory_mib: MemoryOption = 2048,
    workers: WorkersOption = None,
    as_json: console.JsonOption = False,
) -> None:
    """Run programs against their tests in the sandbox, and print one result a line, in the order of the cases.

    A test is assert statements, or code that defines `check(candidate)` (then `entry_point` names the function).

    Example: `passgap execute cases.jsonl > results.jsonl`
    """
    limits = Limits(seconds=seconds, memory_bytes=memory_mib << 20)
    jobs = list(_jobs(cases, limits))
    collected = []
    with SandboxExecutor(workers=workers) as executor, console.Bars().task("running", len(jobs)) as advance:
        for result in executor.run(jobs, ordered=True, progress=advance):
            outcome = result.outcome
            line = {
                "id": result.key,
                "passed": outcome.passed,
                "outcome": outcome.kind.value,
                "reason": outcome.reason,
                "seconds": round(outcome.seconds, 6),
            }
            if as_json:
                collected.append(line)
            else:
                sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")
    if as_json:
        console.emit_json(collected)


def _jobs(path: Path, limits: Limits) -> Iterator[ExecutionJob]:
    problems: list[str] = []
    seen: set[str] = set()
    jobs = []
    if not path.exists():
        raise StudyError(f"{path} is not there")
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip():
            continue
        try:
            case = json.loads(line)
            key, program, test = str(case["id"]), case["program"], case["test"]
        except (ValueError, KeyError, TypeError) as error:
            problems.append(f"line {number}: {type(error).__name__} {error}; needs `id`, `program` and `test`")
            continue
        if key in seen:
            problems.append(f"line {number}: the id {key!r} stands twice")
        seen.add(key)
        jobs.append(_job(key, program, test, case.get("entry_point"), limits))
    if problems:
        more = len(problems) - SHOWN_PROBLEMS
        shown = problems[:SHOWN_PROBLEMS] + ([f"and {more} more lines"] if more > 0 else [])
        raise StudyError(f"{path} does not hold cases", shown)
    yield from jobs


def _job(key: str, program: str, test: str, entry_point: str | None, limits: Limits) -> ExecutionJob:
    tests = assertions_of(test) or CheckTests(code=test)
    return ExecutionJob(key=key, program=program, tests=tests, entry_point=entry_point, limits=limits)
