"""How many of MBXP's own solutions pass its tests here: outside Python they were written by a model.

    python benchmarks/mbxp_solutions.py mbjp_release_v1.2.jsonl 40

The first so many problems that state a solution are run, each put behind its prompt as the set does it.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path

from passgap.execution import SandboxExecutor
from passgap.tasks import execution_job, kind_of, load_tasks


def main(path: Path, number: int) -> None:
    """Print the outcomes, and why solutions do not pass."""
    rows = map(json.loads, filter(str.strip, path.read_text(encoding="utf-8").splitlines()))
    stated = {_number(row["task_id"]): row.get("canonical_solution") for row in rows}
    problems = load_tasks("mbxp", path=path).problems
    solved = [(each, text) for each in problems if (text := stated[_number(each.id)])]
    chosen = [(each, kind_of(each).submitted_text(each, text, whole=False)) for each, text in solved[:number]]
    jobs = [execution_job(each.id, each, submitted) for each, submitted in chosen]
    with SandboxExecutor() as executor:
        results = list(executor.run(jobs, ordered=True))
    outcomes = dict(Counter(result.outcome.kind.value for result in results))
    print(f"{len(problems)} problems, {len(solved)} with a solution; {outcomes}")
    for result in results:
        if not result.outcome.passed:
            print(f"  {result.key}: {result.outcome.kind.value}: {result.outcome.reason}")


def _number(name: str) -> int:
    return int(name.rpartition("/")[2])


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
