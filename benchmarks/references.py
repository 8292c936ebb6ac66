"""Run every reference of a task set, and what doing nothing submits, on the set's tests.

    python benchmarks/references.py humaneval-infilling --path HumanEval-SingleLineInfilling.jsonl.gz
    python benchmarks/references.py humanevalpack --path python.jsonl.gz --split fix
    python benchmarks/references.py exercism --path exercises.jsonl.gz --split rust

Every reference should pass. Doing nothing, which is an empty middle, the buggy code or an unedited repository, should
fail; where it passes, that is the floor of the set. Exceptions are named with their outcome and reason, and with every
test of a repository that its reference does not pass.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterable

from passgap.execution import SandboxExecutor
from passgap.records import ExecutionResult, Limits, OutcomeKind, Problem, RepositoryTests
from passgap.tasks import execution_job, kind_of, load_tasks


def run(problems: Iterable[Problem], submits: str, limits: Limits, workers: int | None) -> list[ExecutionResult]:
    """Run what a method of each problem's kind submits, where it submits anything."""
    found = [(each, getattr(kind_of(each), submits)(each)) for each in problems]
    jobs = [execution_job(each.id, each, submitted, limits) for each, submitted in found if submitted is not None]
    if not jobs:
        return []
    with SandboxExecutor(workers) as executor:
        return list(executor.run(jobs, ordered=True))


def main() -> int:
    """Print the outcomes, and return 1 where a reference did not pass."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tasks")
    parser.add_argument("--path")
    parser.add_argument("--split")
    parser.add_argument("--limit", type=int)
    parser.add_argument("--workers", type=int)
    parser.add_argument("--seconds", type=float, default=10.0, help="processor time of one program")
    given = parser.parse_args()
    tasks = load_tasks(given.tasks, path=given.path, split=given.split, limit=given.limit)
    by_id = {each.id: each for each in tasks.problems}
    limits, failed = Limits(seconds=given.seconds), 0
    for submits, expected in (("reference_submission", OutcomeKind.PASSED), ("nothing_done", OutcomeKind.FAILED)):
        results = run(tasks.problems, submits, limits, given.workers)
        counted = Counter(each.outcome.kind.value for each in results)
        print(f"{submits}: {len(results)} of {len(tasks.problems)} problems:", dict(sorted(counted.items())))
        for each in results:
            if each.outcome.kind is not expected and (expected is OutcomeKind.PASSED or each.outcome.passed):
                print(f"  {each.key}: {each.outcome.kind.value} {each.outcome.reason}"[:200])
                tests = by_id[each.key].tests
                if expected is OutcomeKind.PASSED and isinstance(tests, RepositoryTests):
                    names = dict.fromkeys((*tests.must_pass, *tests.must_keep))
                    for name, case in zip(names, each.outcome.cases or "", strict=False):
                        if case != "P":
                            print(f"    {name}")
        failed += expected is OutcomeKind.PASSED and counted[expected.value] != len(results)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
