"""Runs of programs in the sandbox for a command: with a progress bar, and resumed if they are written to a file."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Generic, TypeVar

import typer

from passgap.cli.progress_bars import Bars
from passgap.execution import SandboxExecutor
from passgap.records import ExecutionJob, ExecutionResult, canonical_json, digest_of
from passgap.store import Journal

SecondsOption = Annotated[float, typer.Option(min=0.1, help="Processor time that one program may use, in seconds.")]
MemoryOption = Annotated[int, typer.Option("--memory-mib", min=64, help="Memory that one program may use, in MiB.")]
WorkersOption = Annotated[
    int | None, typer.Option(min=1, help="Programs that run at the same time; by default one per core.")
]


def run_programs(jobs: Sequence[ExecutionJob], workers: int | None, done: int = 0) -> Iterator[ExecutionResult]:
    """Yield one result for each job, in order, with a bar on which ``done`` more jobs are finished already."""
    if not jobs:
        return
    with (
        SandboxExecutor(workers=workers) as executor,
        Bars().task("running", len(jobs) + done, done=done) as advance,
    ):
        yield from executor.run(jobs, ordered=True, progress=advance)


Row = TypeVar("Row")


@dataclass(frozen=True)
class Lines(Generic[Row]):
    """The format of a file with one result per line."""

    row_of: Callable[[ExecutionResult], Row]
    write: Callable[[Row], str]
    read: Callable[[str], Row]
    key_of: Callable[[Row], str]
    """The key of the job that a row is the result of."""


def run_into(out: Path, jobs: Sequence[ExecutionJob], workers: int | None, lines: Lines[Row]) -> list[Row]:
    """Write one line for each job to ``out``, in order, and return the rows.

    Jobs that a killed run had finished are not run again, as long as the jobs are the same.

    Args:
        out: the file, which appears complete at the end.
        jobs: the programs with their tests.
        workers: how many programs run at the same time.
        lines: the format of the file.
    """
    with Journal(out, digest_of_jobs(jobs)) as journal:
        rows = {lines.key_of(row): row for row in map(lines.read, journal.kept)}
        if rows:
            Bars().note(f"{len(rows)} of {len(jobs)} programs were run before and are kept")
        for result in run_programs([job for job in jobs if job.key not in rows], workers, len(rows)):
            rows[result.key] = lines.row_of(result)
            journal.add(lines.write(rows[result.key]))
        ordered = [rows[job.key] for job in jobs]
        journal.finish(map(lines.write, ordered))
    return ordered


def digest_of_jobs(jobs: Iterable[ExecutionJob]) -> str:
    """A digest of everything that the results depend on; tests that jobs share are read once."""
    whole = hashlib.sha256()
    known: dict[int, str] = {}
    for job in jobs:
        if id(job.tests) not in known:
            known[id(job.tests)] = digest_of(repr(job.tests))
        parts = [job.key, job.program, known[id(job.tests)], job.entry_point, job.limits.model_dump()]
        if added := job.model_dump(include={"language", "files"}, exclude_defaults=True):
            parts.append(added)
        whole.update(canonical_json(parts).encode("utf-8", "surrogatepass"))
    return whole.hexdigest()
