"""Claim: 10,000 problems x 64 samples, six ks, three slices, every interval: under 2 s and 1 GB on one core.

    python benchmarks/estimates.py            # counts in memory -> estimates; results file -> estimates
    python benchmarks/estimates.py --problems 1000

Times are the best of three. The file is passgap's own results, 640,000 lines; reading it is reported apart.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np

from passgap.estimates import Counts, compare_all, counts_from_columns, estimate_all
from passgap.logs import read_log

KS = (1, 2, 4, 8, 16, 32)
SLICES = ("easy", "medium", "hard")


def best_of_three(work: Callable[[], object]) -> float:
    times = []
    for _ in range(3):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return min(times)


def draw(problems: int, samples: int, seed: int) -> Counts:
    rng = np.random.default_rng(seed)
    rates = np.random.default_rng(0).beta(0.4, 0.8, size=problems)
    correct = rng.binomial(samples, rates)
    names = [f"task/{i:06d}" for i in range(problems)]
    labels = [SLICES[i % len(SLICES)] for i in range(problems)]
    return counts_from_columns(names, [samples] * problems, correct, difficulties=labels)


def write_results(counts: Counts, path: Path) -> None:
    with path.open("w") as handle:
        for name, label, n, c in zip(counts.ids, counts.difficulties, counts.samples, counts.correct, strict=True):
            for sample in range(int(n)):
                passed = bool(sample < c)
                row = {
                    "task_id": name,
                    "sample": sample,
                    "passed": passed,
                    "outcome": "passed" if passed else "failed",
                    "reason": "" if passed else "AssertionError",
                    "difficulty": label,
                    "seconds": 0.05,
                }
                handle.write(json.dumps(row) + "\n")


def peak_gb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--problems", type=int, default=10_000)
    parser.add_argument("--samples", type=int, default=64)
    arguments = parser.parse_args()
    base = draw(arguments.problems, arguments.samples, 1)
    tuned = draw(arguments.problems, arguments.samples, 2)
    size = f"{arguments.problems} problems x {arguments.samples} samples, k = {', '.join(map(str, KS))}, 3 slices"
    print(f"{size}\n")
    print(f"estimates with intervals   {best_of_three(lambda: estimate_all(base, KS)):6.2f} s   {peak_gb():.2f} GB")
    print(
        f"paired, with p-values      {best_of_three(lambda: compare_all(base, tuned, KS)):6.2f} s   {peak_gb():.2f} GB"
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "results.jsonl"
        write_results(base, path)
        seconds = best_of_three(lambda: read_log(path, samples=False))
        print(f"reading {path.stat().st_size / 1e6:.0f} MB of results  {seconds:6.2f} s   {peak_gb():.2f} GB")


if __name__ == "__main__":
    main()
