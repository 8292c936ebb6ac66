"""Every reference of public sets passes its tests, and what nobody did anything about fails them.

    python benchmarks/public_sets.py ../shared/data

A folder of files as the sets publish them. Sets that are not there are said to be missing.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from passgap.execution import SandboxExecutor
from passgap.records import Problem
from passgap.tasks import TaskSet, execution_job, kind_of, load_tasks
from passgap.tasks.answers.extraction import Extraction, ExtractionRule

SETS = (
    ("humanevalplus", "plus", "humanevalplus/HumanEvalPlus-Mini.jsonl.gz"),
    ("cruxeval", "output", "cruxeval/cruxeval.jsonl.gz"),
    ("cruxeval", "input", "cruxeval/cruxeval.jsonl.gz"),
    ("humaneval-infilling", None, "humaneval_infilling/HumanEval-RandomSpanInfillingLight.jsonl.gz"),
    ("humaneval-infilling", None, "humaneval_infilling/HumanEval-SingleLineInfilling.jsonl.gz"),
    ("humanevalpack", "fixdocs", "humanevalpack/python.jsonl.gz"),
    ("humanevalpack", "fixtests", "humanevalpack/python.jsonl.gz"),
    ("exercism", "python", "exercism/exercises.jsonl.gz"),
)


def nothing_done(problem: Problem) -> Extraction:
    """The code that the problem gives, unchanged; an empty function where it gives nothing."""
    found = kind_of(problem).nothing_done(problem)
    if found is not None:
        return found
    return Extraction(f"def {problem.entry_point}(*args, **named):\n    pass\n", ExtractionRule.WHOLE)


def passed(tasks: TaskSet, submissions: Iterator[Extraction | None]) -> dict[str, str | None]:
    """The reason why each submission failed, None where it passed; problems without a submission are left out."""
    jobs = [
        execution_job(problem.id, problem, submitted)
        for problem, submitted in zip(tasks.problems, submissions, strict=True)
        if submitted is not None
    ]
    with SandboxExecutor() as executor:
        return {
            result.key: None if result.outcome.passed else f"{result.outcome.kind.value}: {result.outcome.reason}"
            for result in executor.run(jobs)
        }


def main(folder: Path) -> None:
    """Run all sets that are there, and print a line for each, with every exception."""
    for name, split, file in SETS:
        if not (folder / file).exists():
            print(f"{name} {split or ''}: {file} is not there")
            continue
        tasks = load_tasks(name, split=split, path=folder / file)
        references = passed(tasks, (kind_of(each).reference_submission(each) for each in tasks.problems))
        failing = {key: reason for key, reason in references.items() if reason is not None}
        undone = passed(tasks, map(nothing_done, tasks.problems))
        passing = [key for key, reason in undone.items() if reason is None]
        print(
            f"{tasks.name}: {len(references) - len(failing)} of {len(references)} references pass, "
            f"{len(passing)} of {len(undone)} pass with nothing done"
        )
        for key, reason in failing.items():
            print(f"  {key}: {reason}")
        for key in passing:
            print(f"  {key} passes with nothing done")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
