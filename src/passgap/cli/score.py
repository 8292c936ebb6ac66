"""``passgap score``: samples of another harness, run in the sandbox."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from passgap.cli import console
from passgap.cli.app import app
from passgap.errors import StudyError
from passgap.estimates import DEFAULT_KS, counts_from_results, estimate_all
from passgap.execution import SandboxExecutor
from passgap.records import ExecutionJob, ExecutionResult, Limits, Problem, Result
from passgap.report.terminal import estimate_table
from passgap.store import write_results
from passgap.tasks import load_tasks, program_of_solution, read_solutions


@app.command()
def score(
    samples: Annotated[Path, typer.Argument(metavar="SAMPLES.jsonl", help="human-eval or EvalPlus format, .gz too.")],
    tasks: Annotated[str, typer.Option(help="The task set that the samples answer.")],
    out: Annotated[Path, typer.Option(help="Where the results go, one line a sample.")],
    split: Annotated[str | None, typer.Option(help="Which split of the set.")] = None,
    path: Annotated[Path | None, typer.Option(help="The file of a set that passgap does not ship.")] = None,
    seconds: Annotated[float, typer.Option(min=0.1, help="Seconds that one program may take.")] = 10.0,
    workers: Annotated[int | None, typer.Option(min=1, help="Programs at once; by default one a core.")] = None,
    as_json: console.JsonOption = False,
) -> None:
    """Run samples against their problems' tests in the sandbox.

    A line is `{"task_id", "completion"}` (what follows the prompt) or `{"task_id", "solution"}` (a whole program).

    Example: `passgap score --tasks humaneval samples.jsonl --out results.jsonl`
    """
    problems = {problem.id: problem for problem in load_tasks(tasks, split=split, path=path).problems}
    solutions = read_solutions(samples, problems)
    jobs = [
        ExecutionJob(
            key=f"{each.task_id}#{each.index}",
            program=program_of_solution(each, problems[each.task_id]),
            tests=problems[each.task_id].tests,
            entry_point=problems[each.task_id].entry_point,
            limits=Limits(seconds=seconds),
        )
        for each in solutions
    ]
    if not jobs:
        raise StudyError(f"{samples} holds no samples")
    with SandboxExecutor(workers=workers) as executor, console.Bars().task("running", len(jobs)) as advance:
        results = list(_results(executor.run(jobs, ordered=True, progress=advance), problems))
    write_results(out, results)
    counts = counts_from_results(results)
    table = estimate_all(counts, tuple(k for k in DEFAULT_KS if k <= counts.m) or DEFAULT_KS)
    if as_json:
        console.emit_json({"results": str(out), "estimates": table.model_dump(mode="json")})
    else:
        console.out.print(estimate_table(table, f"{len(results)} samples, results in {out}"))


def _results(ran: Iterator[ExecutionResult], problems: dict[str, Problem]) -> Iterator[Result]:
    for each in ran:
        task_id, _, index = each.key.rpartition("#")
        yield Result.of(task_id, int(index), each.outcome, problems[task_id].difficulty)
