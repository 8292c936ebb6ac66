"""Claim: functions in other languages get the set's own verdicts, except where a program only seems to pass.

    python benchmarks/functions.py --data DATA                      # every language with a toolchain here
    python benchmarks/functions.py --data DATA --languages go rust --problems 40

DATA is a folder with `multipl_e/humaneval-*.jsonl.gz` and `humanevalpack/*.jsonl.gz`. Each problem is judged twice: by
passgap, which splits the tests and compares values outside the jail, and by the set's own rule, the exit status of
program and tests in one file (in the same jail). The programs:

    answers  returns the expected values, in the order of the calls: it must pass everywhere
    shifted  returns each value one call too early, so that it is right only where neighbours are equal
    empty    has no body, or one that raises
    exits    ends the process with status 0 as it is called: the set's rule passes it

and of HumanEvalPack, whose programs people wrote (Go's tests need a package that is not here):

    reference, buggy, and mutant: the reference with one operator or number changed

Printed are the counts of (program, passgap's outcome, the set's verdict), and every problem where `answers` does not
pass or both disagree on another program than `exits`.
"""

from __future__ import annotations

import argparse
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from passgap.execution import SandboxExecutor
from passgap.execution.toolchains import MissingToolchain, found_toolchain
from passgap.harnesses import HARNESSES
from passgap.harnesses.rust import without_crates
from passgap.records import CallTests, ExecutionJob, Limits, Outcome, OutcomeKind, Problem, StdioCase, StdioTests
from passgap.tasks import load_tasks
from passgap.tasks.call_tests import embedded_assertions
from passgap.tasks.json_lines import read_json_lines

FILES = {"javascript": "js", "typescript": "ts", "go": "go", "rust": "rs", "cpp": "cpp", "java": "java", "bash": "sh"}
FILES |= {"ruby": "rb", "php": "php", "csharp": "cs"}
LIMITS = Limits(seconds=10.0)
KINDS = ("answers", "shifted", "empty", "exits", "reference", "buggy", "mutant")
PACK = {"javascript": "js", "rust": "rust", "cpp": "cpp", "java": "java"}
MUTATIONS = (("<=", "<"), (">=", ">"), (" < ", " <= "), (" > ", " >= "), (" + 1", " + 2"), (" - 1", ""), (" + ", " - "))


def branches(form: str, values: list[str]) -> str:
    return "".join(form.format(number=number, value=value) for number, value in enumerate(values))


def javascript(head: str, values: list[str]) -> str:
    body = branches("case {number}: return ({value}) as any;\n", values)
    return f"let turn = 0;\n{head}switch (turn++) {{\n{body}}}\nthrow 0;\n}}\n"


def plain_javascript(head: str, values: list[str]) -> str:
    return javascript(head, values).replace(") as any;", ");")


def go(head: str, values: list[str]) -> str:
    body = branches("case {number}: return {value}\n", values)
    return f"{head}turn++\nswitch turn - 1 {{\n{body}}}\npanic(0)\n}}\nvar turn = 0\n"


def rust(head: str, values: list[str]) -> str:
    body = branches("{number} => {value},\n", values)
    turn = "static TURN: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);\n"
    return f"{head}{turn}match TURN.fetch_add(1, std::sync::atomic::Ordering::SeqCst) {{\n{body}_ => panic!() }}\n}}\n"


def cpp(head: str, values: list[str]) -> str:
    body = branches("case {number}: return {value};\n", values)
    return f"{head}static int turn = 0;\nswitch (turn++) {{\n{body}}}\nthrow 0;\n}}\n"


def java(head: str, values: list[str]) -> str:
    body = branches("case {number}: return {value};\n", values)
    turn = "class Turn { static int turn; }\n"
    return f"{head}switch (Turn.turn++) {{\n{body}}}\nthrow new RuntimeException();\n}}\n}}\n{turn}"


def bash(head: str, values: list[str]) -> str:
    body = branches("{number}) printf '%s' {value};;\n", values)
    count = "local turn=$(cat /tmp/turn 2>/dev/null || echo 0)\necho $((turn + 1)) > /tmp/turn\ncase $turn in\n"
    return f"{head}{count}{body}esac\n}}\n"


def ruby(head: str, values: list[str]) -> str:
    body = branches("return {value} if turn == {number}\n", values)
    return f"{head}turn = $turn\n$turn += 1\n{body}raise 'no'\nend\n$turn = 0\n"


def php(head: str, values: list[str]) -> str:
    body = branches("case {number}: return {value};\n", values)
    return f"{head}static $turn = 0;\nswitch ($turn++) {{\n{body}}}\nthrow new Exception();\n}}\n"


def csharp(head: str, values: list[str]) -> str:
    body = branches("case {number}: return {value};\n", values)
    turn = "class Turn { public static int turn; }\n"
    return f"{head}switch (Turn.turn++) {{\n{body}}}\nthrow new System.Exception();\n}}\n}}\n{turn}"


ANSWERING: dict[str, Callable[[str, list[str]], str]] = {
    "javascript": plain_javascript,
    "typescript": javascript,
    "go": go,
    "rust": rust,
    "cpp": cpp,
    "java": java,
    "bash": bash,
    "ruby": ruby,
    "php": php,
    "csharp": csharp,
}
EMPTY = {
    "javascript": "}\n",
    "typescript": "return undefined as any;\n}\n",
    "go": "panic(0)\n}\n",
    "rust": "panic!()\n}\n",
    "cpp": "throw 0;\n}\n",
    "java": "throw new RuntimeException();\n}\n}\n",
    "bash": ":\n}\n",
    "ruby": "end\n",
    "php": "}\n",
    "csharp": "throw new System.Exception();\n}\n}\n",
}
EXITS = {
    "javascript": "process.exit(0);\n}\n",
    "typescript": "(process as any).exit(0); return undefined as any;\n}\n",
    "go": "syscall.Exit(0)\npanic(0)\n}\n",
    "rust": "std::process::exit(0)\n}\n",
    "cpp": "std::exit(0);\n}\n",
    "java": "System.exit(0); throw new RuntimeException();\n}\n}\n",
    "bash": "trap - EXIT; kill -TERM $$; exit 0\n}\ntrap 'exit 0' TERM\n",
    "ruby": "exit!(0)\nend\n",
    "php": "exit(0);\n}\n",
    "csharp": "System.Environment.Exit(0); throw new System.Exception();\n}\n}\n",
}


def programs(problem: Problem) -> Iterator[tuple[str, str]]:
    tests, language = problem.tests, problem.language
    if not isinstance(tests, CallTests):
        return
    values = [case.expected for case in tests.cases]
    yield "answers", ANSWERING[language](tests.head, values)
    yield "shifted", ANSWERING[language](tests.head, [*values[1:], values[0]])
    yield "empty", tests.head + EMPTY[language]
    exits = tests.head + EXITS[language]
    yield "exits", exits.replace("import (", 'import (\n    "syscall"', 1) if language == "go" else exits


def official(problem: Problem, program: str, tests: str) -> tuple[str, dict[str, str]]:
    """Program and tests in one file, as the set runs them, and the files beside it."""
    tests = (
        re.sub(r"^\s*\}", "", tests, count=1)
        if isinstance(problem.tests, CallTests) and problem.tests.closing
        else tests
    )
    if problem.language == "ruby":
        named = re.search(r"def (test_\w+)", tests)
        assert named is not None
        return f"{program}\n{UNIT}{tests.replace(REQUIRED, '')}\nTestHumanEval.new.{named[1]}\n", {}
    if problem.language in ("java", "csharp"):
        ends = program.rstrip().rfind("}\nclass Turn") if "class Turn" in program else program.rstrip().rfind("}")
        inner = re.sub(r"\}\s*$", "", tests.rstrip())
        check = CHECK if problem.language == "java" else SHARP_CHECK
        inner = inner.replace("Debug.Assert(" if problem.language == "csharp" else "assert(", "check(")
        whole = program[:ends] + inner + check + "\n" + program[ends:]
        return whole, HARNESSES[problem.language].files(whole)
    if problem.language == "go":
        body = program.replace("_test\n", "\n", 1)
        whole = f"{body}\n{tests}\n"
        whole = re.sub(r"^package \w+", "package main", whole, flags=re.MULTILINE)
        name = re.search(r"func (Test\w+)\(", tests)
        assert name is not None
        matches = "func(a, b string) (bool, error) { return true, nil }"
        listed = f'[]testing.InternalTest{{{{"t", {name[1]}}}}}'
        return whole + f"func main() {{ testing.Main({matches}, {listed}, nil, nil) }}\n", {}
    return f"{program}\n{tests}\n", {}


CHECK = "\n    static void check(boolean holds) { if (!holds) throw new AssertionError(); }\n"


def written_programs(problem: Problem, row: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The programs of HumanEvalPack, and a mutant of the reference."""
    assert problem.reference is not None
    begun = problem.reference.removesuffix(row["canonical_solution"])
    yield "reference", problem.reference
    yield "buggy", begun + row["buggy_solution"]
    body = row["canonical_solution"]
    mutants = [body.replace(old, new, 1) for old, new in MUTATIONS if old in body]
    if mutants:
        yield "mutant", begun + mutants[int(row["task_id"].partition("/")[2]) % len(mutants)]


def official_pack(problem: Problem, program: str, row: Mapping[str, Any]) -> tuple[str, dict[str, str]]:
    """Program and tests of HumanEvalPack in one file, whose status decides."""
    tests = row["test"]
    if problem.language == "javascript":
        return f"console.assert = (holds) => {{ if (!holds) process.exit(1); }};\n{program}\n{tests}\n", {}
    if problem.language == "rust":
        code, call = embedded_assertions("rust", tests)
        return f"{without_crates(program)}\n{code}\nfn main() {{ {call}; }}\n", {}
    return f"{program}\n{tests}\n", {}


REQUIRED = "require 'test/unit'"
UNIT = """module Test; module Unit; class TestCase
  def assert_equal(expected, value) = (raise 'no' unless expected == value)
end; end; end
"""
"""As much of the gem as the tests use, which no toolchain has."""
SHARP_CHECK = "\n    static void check(bool holds) { if (!holds) throw new System.Exception(); }\n"
Both = tuple[str, Problem, str, tuple[str, dict[str, str]]]
"""The name of a program, its problem, the program, and what the set's rule runs, with files beside it."""


def multipl_e(path: Path, count: int | None) -> Iterator[Both]:
    rows = {str(row["name"]): row for row in read_json_lines(path, dict, "problems")}
    for problem in load_tasks("multipl-e", path=path, limit=count).problems:
        name = problem.id.rpartition("/")[2]
        for kind, program in programs(problem):
            yield f"{name} {kind}", problem, program, official(problem, program, str(rows[name]["tests"]))


def humanevalpack(path: Path, count: int | None) -> Iterator[Both]:
    rows = {str(row["task_id"]).partition("/")[2]: row for row in read_json_lines(path, dict, "problems")}
    for problem in load_tasks("humanevalpack", path=path, limit=count).problems:
        number = problem.id.rpartition("/")[2]
        for kind, program in written_programs(problem, rows[number]):
            yield f"Pack_{number} {kind}", problem, program, official_pack(problem, program, rows[number])


def judge(title: str, programs_of: Iterator[Both], kinds: list[str]) -> None:
    """Judge programs by both rules, and print how they compare."""
    jobs, inside = [], set()
    status = StdioTests(cases=(StdioCase(stdin="", stdout=""),))
    for name, problem, program, (whole, files) in programs_of:
        if problem.judged_inside:
            inside.add(problem.id)
        if name.partition(" ")[2] in kinds:
            job = ExecutionJob(
                key=f"{name} ours", program=program, tests=problem.tests, language=problem.language, limits=LIMITS
            )
            theirs = {"key": f"{name} set", "program": whole, "tests": status, "files": files}
            jobs += [job, job.model_copy(update=theirs)]
    found: dict[str, Outcome] = {}
    with SandboxExecutor(workers=1) as executor:
        for result in executor.run(jobs):
            found[result.key] = result.outcome
    report(title, sorted(inside), found)


def passes_by_status(outcome: Outcome) -> bool:
    """Whether a run ended with status 0, whatever it printed."""
    ended_badly = re.match(r"run 1: (?:exit status|it printed more than|the program )", outcome.reason)
    ended = outcome.kind is OutcomeKind.FAILED and outcome.reason.startswith("run 1: ") and not ended_badly
    return outcome.passed is True or ended


def report(title: str, inside: list[str], found: dict[str, Outcome]) -> None:
    counts: Counter[tuple[str, str, str]] = Counter()
    print(f"{title}: {len(inside)} problems not split: {', '.join(inside)}")
    for key, ours in found.items():
        name, kind, judged_by = key.split()
        if judged_by != "ours":
            continue
        theirs = found[f"{name} {kind} set"]
        passes = passes_by_status(theirs)
        counts[kind, ours.kind.value, "passes" if passes else "fails"] += 1
        wrong = kind in ("answers", "reference") and not ours.passed
        if wrong or (kind != "exits" and bool(ours.passed) != passes):
            print(f"  {name} {kind}: {ours.kind.value} ({ours.reason}); the set: {theirs.kind.value} ({theirs.reason})")
    for (kind, ours_kind, theirs_kind), number in sorted(counts.items()):
        print(f"  {kind:9} passgap: {ours_kind:8} the set's rule: {theirs_kind:6} {number:5}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--languages", nargs="*", choices=list(FILES), default=list(FILES))
    parser.add_argument("--problems", type=int)
    parser.add_argument("--kinds", nargs="*", choices=KINDS, default=list(KINDS))
    asked = parser.parse_args()
    for language in asked.languages:
        try:
            found_toolchain(language)
        except MissingToolchain as missing:
            print(f"{language}: {missing}")
            continue
        path = asked.data / f"multipl_e/humaneval-{FILES[language]}.jsonl.gz"
        judge(f"MultiPL-E, {language}", multipl_e(path, asked.problems), asked.kinds)
        if language in PACK:
            path = asked.data / f"humanevalpack/{PACK[language]}.jsonl.gz"
            judge(f"HumanEvalPack, {language}", humanevalpack(path, asked.problems), asked.kinds)


if __name__ == "__main__":
    main()
