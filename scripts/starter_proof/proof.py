"""The properties that every problem of the starter set must have, and the set as a whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from passgap.records import AssertTests, Problem
from passgap.tasks.sources.starter import StarterEntry
from starter_proof.mutants import mutants_of
from starter_proof.runs import run_jobs
from starter_proof.twins import find_twins
from starter_proof.worker import Answer, Job

FEWEST_TESTS = 5
FEWEST_KILLED = 3
FEWEST_PROBLEMS = {"heldout": 210, "pool": 240}
THIRD = (0.30, 0.37)
"""The share of each difficulty in the held-out split, at least and at most."""
HASH_SEEDS = (1, 2)

Entry = tuple[StarterEntry, Problem]


@dataclass(frozen=True)
class Proof:
    """The findings on one problem."""

    entry: StarterEntry
    killed: int
    surviving: tuple[str, ...]
    complaints: tuple[str, ...]


def prove_problems(entries: Sequence[Entry]) -> tuple[Proof, ...]:
    """Run every reference under two hash seeds, and every mutant under one."""
    jobs = [_job(problem) for _, problem in entries]
    first = run_jobs(jobs, HASH_SEEDS[0])
    second = run_jobs([Job(job.key, job.reference, (), job.statements) for job in jobs], HASH_SEEDS[1])
    return tuple(
        _proof(entry, job, first.get(job.key), second.get(job.key))
        for (entry, _), job in zip(entries, jobs, strict=True)
    )


def statements_of(problem: Problem) -> tuple[str, ...]:
    """The problem's assert statements; the tests of a starter problem hold nothing else."""
    assert isinstance(problem.tests, AssertTests)
    return problem.tests.statements


def _job(problem: Problem) -> Job:
    reference = problem.reference or ""
    return Job(problem.id, reference, mutants_of(reference), statements_of(problem))


def _proof(entry: StarterEntry, job: Job, first: Answer | None, second: Answer | None) -> Proof:
    if first is None or second is None:
        return Proof(entry, 0, (), ("the reference or a mutant killed the interpreter, or took minutes",))
    surviving = tuple(job.mutants[number] for number in first.surviving)
    killed = len(job.mutants) - len(surviving)
    return Proof(entry, killed, surviving, tuple(_complaints(job, first, second, killed)))


def _complaints(job: Job, first: Answer, second: Answer, killed: int) -> Iterator[str]:
    said = {"F": "does not hold", "E": "raises", "T": "takes too long", "?": "is not `assert f(literals) == literal`"}
    for statement, letter in zip(job.statements, first.reference, strict=True):
        if letter != "P":
            yield f"the reference: `{statement}` {said[letter]}"
    if len({first.reference, first.again, second.reference, second.again}) > 1:
        yield "the reference's outcomes change from run to run or with the hash seed"
    for statement in first.spoiled:
        yield f"the reference changes its arguments in `{statement}`"
    if len(job.statements) < FEWEST_TESTS:
        yield f"{len(job.statements)} tests; at least {FEWEST_TESTS} are needed"
    if len(set(job.statements)) < len(job.statements):
        yield "a test stands twice"
    if killed < FEWEST_KILLED:
        yield f"only {killed} of {len(job.mutants)} wrong programs fail; at least {FEWEST_KILLED} must"


def likeness_complaints(entries: Sequence[Entry]) -> Iterator[str]:
    """Problems that are the same in other words, within a split and across the two."""
    for twin in find_twins([problem for _, problem in entries]):
        yield f"{twin.first} and {twin.second}: {twin.reason}"


def size_complaints(entries: Sequence[Entry]) -> Iterator[str]:
    """Whether a split has too few problems, or a difficulty is not about a third of the held-out problems."""
    for split, fewest in FEWEST_PROBLEMS.items():
        levels = Counter(entry.difficulty for entry, _ in entries if entry.split == split)
        total = levels.total()
        if total < fewest:
            yield f"{split}: {total} problems; at least {fewest} are needed"
        if split == "heldout":
            for level in ("easy", "medium", "hard"):
                share = levels[level] / max(total, 1)
                if not THIRD[0] <= share <= THIRD[1]:
                    yield f"{split}: {share:.0%} {level}; between {THIRD[0]:.0%} and {THIRD[1]:.0%} are wanted"
