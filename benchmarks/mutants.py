"""Claim: of mutants of right functions in every language, passgap passes those that the set's own rule passes.

    python benchmarks/mutants.py --data DATA                           # every language with a toolchain here
    python benchmarks/mutants.py --data DATA --languages go --samples 150 --json

DATA is a folder with `multipl_e/humaneval-*.jsonl.gz` and `humanevalpack/*.jsonl.gz`. References are HumanEvalPack's,
on its own tests (JavaScript, Rust, C++, Java) or, called from a function of MultiPL-E's name, on those of MultiPL-E
(TypeScript, Go), and bodies in `languages_programs/references` on MultiPL-E's tests (Bash, Ruby, PHP, C#). Each is
changed in one place of its text (`differential/mutations.py`): operators, comparisons, constants, dropped statements,
swapped branches, values returned as text, and changes that keep what it returns. Every program is judged by passgap,
which compares values outside the jail, and by the set's rule: program and tests in one file, whose exit status
decides, in the same jail.

Printed are the verdicts by kind of change, and every disagreement.
"""

from __future__ import annotations

import argparse
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from differential.mutations import chosen
from functions import FILES, PACK, official, official_pack, passes_by_status
from passgap.execution import SandboxExecutor
from passgap.execution.toolchains import MissingToolchain, found_toolchain
from passgap.records import CallTests, ExecutionJob, Limits, Outcome, Problem, StdioCase, StdioTests
from passgap.tasks import load_tasks
from passgap.tasks.json_lines import read_json_lines

SAMPLES = 130
LIMITS = Limits(seconds=2.0)
REFERENCES = Path(__file__).parent / "languages_programs" / "references"
CLOSED = {"ruby": "end\n", "csharp": "    }\n}\n"}
Judged = tuple[str, Problem, str, tuple[str, dict[str, str]]]
"""The name of a program, its problem, the program, and what the set's rule runs, with files beside it."""
Rows = Mapping[str, Mapping[str, Any]]


def rows_of(path: Path, key: str, part: int) -> dict[str, Mapping[str, Any]]:
    """Return a set's rows by the number of their problem."""
    return {re.split(r"[/_]", str(row[key]))[part]: row for row in read_json_lines(path, dict, "problems")}


def on_own_tests(language: str, data: Path) -> Iterator[tuple[str, Problem, str, str, Any]]:
    """Yield HumanEvalPack's references: number, problem, what stands above and below the body, and the body."""
    path = data / f"humanevalpack/{PACK[language]}.jsonl.gz"
    rows = rows_of(path, "task_id", 1)
    for problem in load_tasks("humanevalpack", path=path).problems:
        number = problem.id.rpartition("/")[2]
        body = str(rows[number]["canonical_solution"])
        assert problem.reference is not None
        if isinstance(problem.tests, CallTests):
            yield number, problem, problem.reference.removesuffix(body) + "{}", body, rows[number]


def called(language: str, data: Path) -> Iterator[tuple[str, Problem, str, str, Any]]:
    """Yield the same, each called from a function of MultiPL-E's name and types."""
    pack = rows_of(data / f"humanevalpack/{'js' if language == 'typescript' else language}.jsonl.gz", "task_id", 1)
    for number, problem, row in multipl_e(language, data):
        head, solution = problem.prompt.rstrip(), pack[number]
        body = str(solution["canonical_solution"])
        parameters = head.splitlines()[-1].partition("(")[2]
        if language == "typescript":
            names = re.findall(r"(\w+)\??:", parameters.rpartition(")")[0])
            declared = re.sub(r"(\w+)(?=[,)])", r"\1", str(solution["declaration"]))
            call = f"{head}\n  return ({solution['entry_point']} as any)({', '.join(names)});\n}}\n"
            yield number, problem, f"{call}{declared}{{}}", body, row
        else:
            names = re.findall(r"(\w+) [\w\[\]{}]+(?=[,)])", parameters)
            imports = set(re.findall(r"\"[\w/]+\"", str(solution["import"]))) - {'"testing"', '"fmt"'}
            above = head.replace("import (", "import (\n" + "\n".join(sorted(imports)), 1)
            call = f"{above}\n\treturn {solution['entry_point']}({', '.join(names)})\n}}\n"
            yield number, problem, f"{call}{solution['declaration']}{{}}", body, row


def written_here(language: str, data: Path) -> Iterator[tuple[str, Problem, str, str, Any]]:
    """Yield bodies of this repository below MultiPL-E's prompts."""
    text = (REFERENCES / f"{language}.txt").read_text(encoding="utf-8")
    bodies = dict(block.split("\n", 1) for block in text.split("\n=== ")[1:])
    for number, problem, row in multipl_e(language, data):
        if number in bodies:
            closed = CLOSED.get(language, "}\n")
            yield number, problem, f"{problem.prompt.rstrip()}\n{{}}{closed}", bodies[number].rstrip() + "\n", row


def multipl_e(language: str, data: Path) -> Iterator[tuple[str, Problem, Mapping[str, Any]]]:
    """Yield the number, problem and row of each problem of MultiPL-E that is split."""
    path = data / f"multipl_e/humaneval-{FILES[language]}.jsonl.gz"
    rows = rows_of(path, "name", 1)
    for problem in load_tasks("multipl-e", path=path).problems:
        number = problem.id.rpartition("/")[2].split("_")[1]
        if isinstance(problem.tests, CallTests):
            yield number, problem, rows[number]


WAYS = {"typescript": called, "go": called} | dict.fromkeys(PACK, on_own_tests)


def programs(language: str, data: Path, samples: int, part: tuple[int, int]) -> Iterator[Judged]:
    """Yield each reference and its mutants, spread over the problems of the set; of several parts, one."""
    references = list(WAYS.get(language, written_here)(language, data))
    per_problem = max(2, -(-samples // len(references)))
    step = max(1, len(references) * per_problem // samples)
    for place, (number, problem, around, body, row) in enumerate(references[::step]):
        if place % part[1] != part[0] - 1:
            continue
        above, below = around.rsplit("{}", 1)
        changed = chosen(language, body, f"{language}/{number}", 3 * place, per_problem)
        for kind, text in (("reference", body), *changed):
            program = above + text + below
            own = WAYS.get(language) is on_own_tests
            theirs = official_pack(problem, program, row) if own else official(problem, program, str(row["tests"]))
            yield f"{number}|{kind}", problem, program, theirs


def judged(language: str, data: Path, samples: int, workers: int, part: tuple[int, int] = (1, 1)) -> dict[str, Any]:
    """Judge a language's programs by both rules; references that the set's own rule fails are left out."""
    made: dict[str, str] = {}
    jobs: list[ExecutionJob] = []
    status = StdioTests(cases=(StdioCase(stdin="", stdout=""),))
    for name, problem, program, (whole, files) in programs(language, data, samples, part):
        made[name] = program
        ours = {"key": f"{name}|ours", "program": program, "tests": problem.tests}
        theirs = {"key": f"{name}|set", "program": whole, "tests": status, "files": files}
        jobs += [ExecutionJob(language=language, limits=LIMITS, **each) for each in (ours, theirs)]  # type: ignore[arg-type]
    with SandboxExecutor(workers=workers) as executor:
        found = {result.key: result.outcome for result in executor.run(jobs)}
    return compared(language, made, found)


def compared(language: str, made: Mapping[str, str], found: Mapping[str, Outcome]) -> dict[str, Any]:
    """Count verdicts by kind, and list the disagreements."""
    wrong = {name.split("|")[0] for name in made if name.endswith("|reference") and not set_passes(found, name)}
    counts: Counter[str] = Counter()
    kinds: dict[str, Counter[str]] = {}
    differ = []
    for name, program in made.items():
        number, kind = name.split("|")
        if number in wrong:
            continue
        ours, theirs = found[f"{name}|ours"], found[f"{name}|set"]
        passes = set_passes(found, name)
        verdict = ("both pass" if passes else "both fail") if bool(ours.passed) == passes else "differ"
        counts[verdict] += 1
        kinds.setdefault(kind, Counter())[verdict] += 1
        if verdict == "differ":
            said = {"name": name, "passgap": f"{ours.kind.value}: {ours.reason}", "program": program}
            differ.append({**said, "set": f"{theirs.kind.value}: {theirs.reason}"})
    return {
        "language": language,
        "left out, as the set's rule fails their reference": sorted(wrong, key=int),
        "samples": sum(counts.values()),
        **counts,
        "kinds": {kind: dict(each) for kind, each in sorted(kinds.items())},
        "disagreements": differ,
    }


def set_passes(found: Mapping[str, Outcome], name: str) -> bool:
    """Whether the set's own rule passes a program."""
    return passes_by_status(found[f"{name}|set"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--languages", nargs="*", choices=list(FILES), default=list(FILES))
    parser.add_argument("--samples", type=int, default=SAMPLES, help="of each language, references aside")
    parser.add_argument("--part", type=int, nargs=2, default=(1, 1), metavar=("K", "OF"), help="one of several parts")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    for language in asked.languages:
        try:
            found_toolchain(language)
        except MissingToolchain as missing:
            print(f"{language}: {missing}")
            continue
        result = judged(language, asked.data, asked.samples, asked.workers, tuple(asked.part))
        if asked.json:
            print(json.dumps(result), flush=True)
            continue
        differ = result.pop("disagreements")
        kinds = result.pop("kinds")
        print(", ".join(f"{name}: {value}" for name, value in result.items()))
        for kind, each in kinds.items():
            print(f"  {kind:18} " + ", ".join(f"{verdict} {number}" for verdict, number in each.items()))
        for each in differ:
            print(f"  DIFFERS {each['name']}: passgap {each['passgap']} | the set {each['set']}", flush=True)


if __name__ == "__main__":
    main()
