"""EvalPlus's checker over samples in a file, for ``execution.py``; runs in any interpreter that has EvalPlus.

It hands each sample to ``untrusted_check`` from a pool of processes, as EvalPlus's own ``evaluate`` does, and prints
how many pass. The inputs and expected outputs are those of HumanEval's own tests, not the many more of HumanEval+.

    python benchmarks/evalplus_checker.py samples.pickle COPIES WORKERS
"""

from __future__ import annotations

import pickle
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

from evalplus.eval import untrusted_check


def check(problem: dict[str, Any]) -> bool:
    """Whether a problem's reference solution passes, as EvalPlus sees it."""
    status, _ = untrusted_check(
        "humaneval",
        problem["program"],
        problem["inputs"],
        problem["entry_point"],
        expected=problem["expected"],
        atol=1e-4 if problem["entry_point"] == "find_zero" else 0,  # as HumanEval's test of it
        ref_time=[0.0] * len(problem["inputs"]),
        fast_check=True,
        min_time_limit=10.0,
    )
    return bool(status == "pass")


def main(path: str, copies: str, workers: str) -> None:
    problems = pickle.loads(Path(path).read_bytes())
    with ProcessPoolExecutor(max_workers=int(workers)) as executor:
        futures = [executor.submit(check, problem) for _ in range(int(copies)) for problem in problems]
        print(sum(future.result() for future in futures))


if __name__ == "__main__":
    main(*sys.argv[1:])
