"""Prove the starter task set: ``python scripts/prove_starter_tasks.py [--files THEME.yaml ...] [--survivors]``.

For every problem: the reference passes its tests, under several hash seeds and without changing its arguments; at
least three wrong programs made from it fail; there are five or more tests of the form that the sandbox takes apart.
For the set: no two problems are one in other words, the pool is clean of the held-out split, and there are enough
problems of each difficulty. Every complaint is printed; with any, the exit status is 1.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from importlib import resources
from pathlib import Path

from passgap.tasks.sources.starter import read_themes
from starter_proof.proof import (
    Entry,
    Proof,
    likeness_complaints,
    prove_problems,
    size_complaints,
    statements_of,
)


def main() -> int:
    """Run the proof and print what it found."""
    options = _options()
    started = time.perf_counter()
    restricted = bool(options.files)
    files = options.files or sorted(Path(str(resources.files("passgap.tasks"))).joinpath("starter").glob("*.yaml"))
    entries, complaints = read_themes(files)
    entries = entries[:: options.every]
    proofs = prove_problems(entries)
    complaints += [f"{proof.entry.id}: {complaint}" for proof in proofs for complaint in proof.complaints]
    complaints += likeness_complaints(entries)
    if not restricted and options.every == 1:
        complaints += size_complaints(entries)
    print("\n".join(_table(entries, proofs)))
    if options.survivors:
        print("\n".join(_survivors(proofs)))
    for complaint in complaints:
        print(f"COMPLAINT {complaint}")
    print(f"{len(entries)} problems, {len(complaints)} complaints, {time.perf_counter() - started:.1f} s")
    return 1 if complaints else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Prove the starter task set.")
    parser.add_argument("--files", nargs="+", type=Path, help="only these theme files, without the rules on counts")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="only every Nth problem, without those rules")
    parser.add_argument("--survivors", action="store_true", help="print the wrong programs that pass every test")
    return parser.parse_args()


def _table(entries: Sequence[Entry], proofs: Sequence[Proof]) -> Iterator[str]:
    yield f"{'split':8} {'difficulty':10} {'problems':>8} {'tests':>6} {'mutants':>8} {'killed':>7} {'fewest':>7}"
    tests = {problem.entry_point: len(statements_of(problem)) for _, problem in entries}
    for split, level in sorted({(proof.entry.split, proof.entry.difficulty) for proof in proofs}):
        group = [proof for proof in proofs if (proof.entry.split, proof.entry.difficulty) == (split, level)]
        mutants = sum(proof.killed + len(proof.surviving) for proof in group)
        share = sum(proof.killed for proof in group) / max(mutants, 1)
        asserted = statistics.mean(tests[proof.entry.id] for proof in group)
        fewest = min(proof.killed for proof in group)
        yield f"{split:8} {level:10} {len(group):8} {asserted:6.1f} {mutants:8} {share:7.1%} {fewest:7}"


def _survivors(proofs: Sequence[Proof]) -> Iterator[str]:
    for proof in sorted(proofs, key=lambda each: -len(each.surviving)):
        for program in proof.surviving:
            yield f"--- {proof.entry.id}: passes every test\n{program}"


if __name__ == "__main__":
    sys.exit(main())
