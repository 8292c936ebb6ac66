"""Samples a second and CPU per sample in every language: passgap's sandbox against a process per sample.

A whole program of each language, which counts words and prints the most frequent ones, in copies that differ by a
comment, so that nothing of one can be reused for another one, through

- passgap's sandbox: compiled once in a jail of its own, run in another one, its output compared outside;
- the way of MultiPL-E's evaluator (``evaluation/src/eval_*.py``): the language's usual compiler with its usual
  arguments and the program, each as a process on the host that is looked at every 0.1 s, and no boundary,

with the same number of workers, one after the other in one run, start-up included. Both have their caches: what a
toolchain is prepared with once (``passgap doctor`` does it), and the compiler's own, which one copy fills. Each is run
``--rounds`` times, interleaved, and the median counts. CPU is that of all processes that were waited for.

    python benchmarks/languages.py --copies 40 --workers 2 --rounds 3
    python benchmarks/languages.py --languages cpp,java --copies 20 --json
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from passgap.execution import SandboxExecutor
from passgap.execution.toolchains import FoundToolchain, MissingToolchain, found_toolchain
from passgap.languages import LANGUAGES, needs_commands
from passgap.records import ExecutionJob, StdioCase, StdioTests

PROGRAMS = Path(__file__).parent / "languages_programs"
STDIN = "the cat saw the dog and the dog saw a cat near the old barn\n" * 20
STDOUT = "the 80\ncat 40\ndog 40\nsaw 40\na 20\nand 20\nbarn 20\nnear 20\nold 20\n"
SECONDS = 15.0
FIRST_SECONDS = 600.0
LOOK_SECONDS = 0.1

NAIVE: dict[str, tuple[tuple[str, ...], ...]] = {
    "bash": (("{bash}", "main.sh"),),
    "cpp": (("{gxx}", "main.cpp", "-o", "program", "-std=c++17"), ("./program",)),
    "csharp": (("{mcs}", "main.cs", "-out:program.exe"), ("{mono}", "program.exe")),
    "go": (("{go}", "build", "-o", "program", "main.go"), ("./program",)),
    "java": (("{javac}", "-encoding", "UTF8", "-d", ".", "Main.java"), ("{java}", "-cp", ".", "Main")),
    "javascript": (("{node}", "main.js"),),
    "php": (("{php}", "main.php"),),
    "ruby": (("{ruby}", "main.rb"),),
    "rust": (("{rustc}", "main.rs", "-o", "program"), ("./program",)),
    "typescript": (
        ("{tsc}", "--target", "es2022", "--lib", "es2022", "--module", "commonjs", "node.d.ts", "main.ts"),
        ("{node}", "main.js"),
    ),
}
"""Commands as the evaluator runs them, one after the other."""


def program_of(language: str) -> str:
    """Return the program of a language; every copy of it begins or ends with a comment of its own."""
    toolchain = LANGUAGES[language].toolchain
    assert toolchain is not None
    return (PROGRAMS / toolchain.file).read_text(encoding="utf-8")


def copies_of(language: str, copies: int, salt: str) -> list[str]:
    """Return copies that a compiler cannot take for each other."""
    program = program_of(language)
    mark = "#" if language in ("bash", "ruby") else "//"
    return [f"{program}\n{mark} {salt} {number}\n" for number in range(copies)]


def sandbox(language: str, programs: list[str], workers: int) -> int:
    """Score every program in the sandbox and return how many pass."""
    tests = StdioTests(cases=(StdioCase(stdin=STDIN, stdout=STDOUT),))
    jobs = [
        ExecutionJob(key=str(number), program=program, tests=tests, language=language)
        for number, program in enumerate(programs)
    ]
    with SandboxExecutor(workers=workers) as executor:
        return sum(bool(result.outcome.passed) for result in executor.run(jobs))


def process_each(found: FoundToolchain, programs: list[str], workers: int, seconds: float = SECONDS) -> int:
    """Compile and run every program in processes of this machine and return how many pass."""
    paths = {f"{{{name}}}": tool.path for name, tool in found.tools.items()}
    commands = [[paths.get(part, part) for part in command] for command in NAIVE[found.language]]
    beside = dict(found.toolchain.beside)

    def passes(program: str) -> bool:
        with tempfile.TemporaryDirectory() as folder:
            for name, text in {**beside, found.toolchain.file: program}.items():
                Path(folder, name).write_text(text, encoding="utf-8")
            said = b""
            for command in commands:
                status, said = watched(command, folder, seconds)
                if status != 0:
                    return False
            return said.decode() == STDOUT

    with ThreadPoolExecutor(workers) as threads:
        return sum(threads.map(passes, programs))


def watched(command: list[str], folder: str, seconds: float) -> tuple[int, bytes]:
    """Run a command as the evaluator does: look whether it has ended every tenth of a second."""
    with tempfile.TemporaryFile() as stdin, tempfile.TemporaryFile() as stdout:
        stdin.write(STDIN.encode())
        stdin.seek(0)
        process = subprocess.Popen(command, cwd=folder, stdin=stdin, stdout=stdout, stderr=subprocess.DEVNULL)
        for _ in range(int(seconds / LOOK_SECONDS)):
            if process.poll() is not None:
                break
            time.sleep(LOOK_SECONDS)
        process.kill()
        status = process.wait()
        stdout.seek(0)
        return status, stdout.read()


def timed(run: Callable[[], int], samples: int) -> dict[str, float]:
    """Run once and return samples per second, CPU milliseconds per sample and the share that passed."""
    before, began = cpu_seconds(), time.perf_counter()
    passed = run()
    wall, cpu = time.perf_counter() - began, cpu_seconds() - before
    return {"per_second": samples / wall, "cpu_ms": 1000 * cpu / samples, "passed": passed / samples}


def cpu_seconds() -> float:
    """Return the processor time of this process and of those that it has waited for."""
    return sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))


def measure(found: FoundToolchain, copies: int, workers: int, rounds: int) -> dict[str, Any]:
    """Time both ways in turns and return the medians, with the ratios of each round."""
    ways: dict[str, list[dict[str, float]]] = {"passgap": [], "process each": []}
    process_each(found, copies_of(found.language, 1, "first"), 1, FIRST_SECONDS)
    for number in range(rounds):
        programs = copies_of(found.language, copies, f"{os.getpid()} {time.time_ns()} {number}")
        ways["passgap"].append(timed(partial(sandbox, found.language, programs, workers), copies))
        ways["process each"].append(timed(partial(process_each, found, programs, workers), copies))
    pairs = list(zip(ways["passgap"], ways["process each"], strict=True))
    medians = {
        way: {name: statistics.median(each[name] for each in runs) for name in runs[0]} for way, runs in ways.items()
    }
    return {
        "version": found.version,
        **medians,
        "times_faster": statistics.median(ours["per_second"] / theirs["per_second"] for ours, theirs in pairs),
        "times_less_cpu": statistics.median(theirs["cpu_ms"] / ours["cpu_ms"] for ours, theirs in pairs),
    }


def main() -> None:
    """Measure the languages that are here and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--languages", help="separated by commas; by default all whose toolchain is here")
    parser.add_argument("--copies", type=int, default=40)
    parser.add_argument("--workers", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    named = options.languages.split(",") if options.languages else [name for name in LANGUAGES if needs_commands(name)]
    results: dict[str, Any] = {}
    for language in named:
        try:
            found = found_toolchain(language)
            _ = found.cache
        except MissingToolchain as missing:
            print(f"{language}: {missing}")
            continue
        results[language] = measure(found, options.copies, options.workers, options.rounds)
        if not options.json:
            say(language, results[language])
    if options.json:
        setting = {"copies": options.copies, "workers": options.workers, "rounds": options.rounds}
        print(
            json.dumps(
                {"machine": platform.processor() or platform.machine(), **setting, "languages": results}, indent=1
            )
        )


def say(language: str, result: dict[str, Any]) -> None:
    """Print the row of a language."""
    ours, theirs = result["passgap"], result["process each"]
    print(
        f"{language:11} passgap {ours['per_second']:7.1f}/s {ours['cpu_ms']:7.0f} CPU ms ({ours['passed']:.0%} pass)   "
        f"process each {theirs['per_second']:7.1f}/s {theirs['cpu_ms']:7.0f} CPU ms ({theirs['passed']:.0%} pass)   "
        f"{result['times_faster']:5.1f} x faster, {result['times_less_cpu']:5.1f} x less CPU",
        flush=True,
    )


if __name__ == "__main__":
    main()
