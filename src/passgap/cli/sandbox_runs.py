"""Programs run in the sandbox for a command: with a bar, and kept one by one where they go to a file."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Generic, TypeVar

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


Row = TypeVar("Row")


@dataclass(frozen=True)
class Lines(Generic[Row]):
    """How results stand in a file, one a line."""

    row_of: Callable[[ExecutionResult], Row]
    write: Callable[[Row], str]
    read: Callable[[str], Row]
    key_of: Callable[[Row], str]
    """The key of the job that a row is the result of."""


def run_into(out: Path, jobs: Sequence[ExecutionJob], workers: int | None, lines: Lines[Row]) -> list[Row]:
    """Write one line for each job to ``out``, in order, and return the rows.

    What a run that was killed had finished is not run again, as long as the jobs are the same.

    Args:
        out: the file, which appears whole at the end.
        jobs: what is run.
        workers: programs at once.
        lines: how results stand in the file.
    """
    with Journal(out, digest_of_jobs(jobs)) as journal:
        rows = {lines.key_of(row): row for row in map(lines.read, journal.kept)}
        if rows:
            console.Bars().note(f"{len(rows)} of {len(jobs)} programs were run before and are kept")
        for result in run_programs([job for job in jobs if job.key not in rows], workers, len(rows)):
            rows[result.key] = lines.row_of(result)
            journal.add(lines.write(rows[result.key]))
        ordered = [rows[job.key] for job in jobs]
        journal.finish(map(lines.write, ordered))
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
