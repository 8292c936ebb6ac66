"""Programs run in the sandbox for a command: with a bar, and kept one by one where they go to a file."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from passgap.cli import console
from passgap.execution import SandboxExecutor
from passgap.records import ExecutionJob, ExecutionResult, canonical_json, digest_of
from passgap.store import Journal

SecondsOption = Annotated[float, typer.Option(min=0.1, help="Seconds of processor time that one program may take.")]
MemoryOption = Annotated[int, typer.Option("--memory-mib", min=64, help="Memory that one program may take, in MiB.")]
WorkersOption = Annotated[int | None, typer.Option(min=1, help="Programs at once; by default one a core.")]


def run_programs(jobs: Sequence[ExecutionJob], workers: int | None, done: int = 0) -> Iterator[ExecutionResult]:
    """Yield one result for each job, in order, with a bar on which ``done`` more stand finished already."""
    if not jobs:
        return
    with (
        SandboxExecutor(workers=workers) as executor,
        console.Bars().task("running", len(jobs) + done, done=done) as advance,
    ):
        yield from executor.run(jobs, ordered=True, progress=advance)


def run_into(
    out: Path,
    jobs: Sequence[ExecutionJob],
    workers: int | None,
    line_of: Callable[[ExecutionResult], str],
    key_of: Callable[[dict[str, Any]], str],
) -> list[str]:
    """Write one line for each job to ``out``, in order, and return the lines.

    What a run that was killed had finished is not run again, as long as the jobs are the same.

    Args:
        out: the file, which appears whole at the end.
        jobs: what is run.
        workers: programs at once.
        line_of: makes the JSON line of a result.
        key_of: returns the job's key from a line that was read again.
    """
    with Journal(out, digest_of_jobs(jobs)) as journal:
        lines = {key_of(json.loads(line)): line for line in journal.kept}
        if lines:
            console.Bars().note(f"{len(lines)} of {len(jobs)} programs were run before and are kept")
        for result in run_programs([job for job in jobs if job.key not in lines], workers, len(lines)):
            lines[result.key] = line_of(result)
            journal.add(lines[result.key])
        ordered = [lines[job.key] for job in jobs]
        journal.finish(ordered)
    return ordered


def digest_of_jobs(jobs: Iterable[ExecutionJob]) -> str:
    """A digest of all that results depend on; tests that jobs share are looked at once."""
    whole = hashlib.sha256()
    known: dict[int, str] = {}
    for job in jobs:
        if id(job.tests) not in known:
            known[id(job.tests)] = digest_of(repr(job.tests))
        parts = [job.key, job.program, known[id(job.tests)], job.entry_point, job.limits.model_dump()]
        whole.update(canonical_json(parts).encode("utf-8", "surrogatepass"))
    return whole.hexdigest()
