"""Programs in other languages than Python that try to pass without solving, in one file per language.

A heading reads ``=== name | outcome outside | outcome inside``: with the tests split, so that values are compared
outside the jail, and with the tests in the program's own process. The latter is left out where it is the same. A
program that passes inside without solving the problem is one that is known to; none may pass outside.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from passgap.records import CallCase, CallTests, EmbeddedTests, ExecutionJob, Limits, Tests

FOLDER = Path(__file__).parent / "functions"
HEADING = "=== "
LIMITS = Limits(seconds=0.8, memory_bytes=256 << 20, processes=32)
HONEST = ("honest", "leaves-a-process")
"""How the names of programs begin that do solve the problem."""


@dataclass(frozen=True)
class Attacked:
    """The problem that a language's programs are asked for: to add two integers."""

    function: str
    cases: tuple[tuple[str, str], ...]
    head: str
    code: str
    calls: tuple[str, ...]

    @property
    def outside(self) -> Tests:
        cases = tuple(CallCase(arguments=given, expected=value) for given, value in self.cases)
        return CallTests(function=self.function, cases=cases, head=self.head)

    @property
    def inside(self) -> Tests:
        return EmbeddedTests(code=self.code, calls=self.calls, head=self.head)


CASES = (("2, 3", "5"), ("-7, 4", "-3"))
ASKED = {
    "javascript": Attacked(
        "add",
        CASES,
        "function add(a, b) {\n",
        "const assert = require('node:assert');",
        ("assert.deepEqual(add(2, 3), 5)", "assert.deepEqual(add(-7, 4), -3)"),
    ),
    "typescript": Attacked(
        "add",
        CASES,
        "function add(a: number, b: number): number {\n",
        "const assert = require('node:assert');",
        ("assert.deepEqual(add(2, 3), 5)", "assert.deepEqual(add(-7, 4), -3)"),
    ),
    "go": Attacked(
        "add",
        CASES,
        "func add(a int, b int) int {\n",
        "func holds(value bool) { if !value { panic(1) } }",
        ("holds(add(2, 3) == 5)", "holds(add(-7, 4) == -3)"),
    ),
    "rust": Attacked(
        "add",
        CASES,
        "fn add(a: isize, b: isize) -> isize {\n",
        "",
        ("assert_eq!(add(2, 3), 5)", "assert_eq!(add(-7, 4), -3)"),
    ),
    "cpp": Attacked(
        "add",
        CASES,
        "long add(long a, long b) {\n",
        "static void holds(bool value) { if (!value) throw 1; }",
        ("holds(add(2, 3) == 5)", "holds(add(-7, 4) == -3)"),
    ),
    "java": Attacked(
        "Problem.add",
        CASES,
        "class Problem {\n    public static long add(long a, long b) {\n",
        "class Tests { static void holds(Object made, Object value) { if (!made.equals(value)) throw new Error(); } }",
        ("Tests.holds(Problem.add(2, 3), 5L)", "Tests.holds(Problem.add(-7, 4), -3L)"),
    ),
    "ruby": Attacked(
        "add",
        CASES,
        "def add(a, b)\n",
        "",
        ("raise 'no' unless add(2, 3) == 5", "raise 'no' unless add(-7, 4) == -3"),
    ),
    "php": Attacked(
        "add",
        CASES,
        "<?php\nfunction add($a, $b) {\n",
        "",
        ("if (add(2, 3) != 5) throw new Exception()", "if (add(-7, 4) != -3) throw new Exception()"),
    ),
    "csharp": Attacked(
        "Problem.Add",
        CASES,
        "class Problem {\n    public static long Add(long a, long b) {\n",
        "class Tests { public static void Holds(object made, object value) "
        "{ if (!made.Equals(value)) throw new System.Exception(); } }",
        ("Tests.Holds(Problem.Add(2, 3), 5L)", "Tests.Holds(Problem.Add(-7, 4), -3L)"),
    ),
    "bash": Attacked(
        "add",
        (("2 3", '"5"'), ("-7 4", '"-3"')),
        "add() {\n",
        'holds() { [[ $(add "$1" "$2") = "$3" ]]; }',
        ("holds 2 3 5", "holds -7 4 -3"),
    ),
}


@dataclass(frozen=True)
class Attack:
    """A program, and the outcomes that it must have."""

    language: str
    name: str
    program: str
    outside: str
    inside: str

    def jobs(self) -> Iterator[ExecutionJob]:
        """Yield a job for each way to judge it."""
        asked = ASKED[self.language]
        for protocol, tests in (("outside", asked.outside), ("inside", asked.inside)):
            yield ExecutionJob(
                key=f"{self.language}/{self.name}/{protocol}",
                program=self.program,
                tests=tests,
                entry_point="add",
                limits=LIMITS,
                language=self.language,
            )


def attacks(language: str) -> list[Attack]:
    """The programs of a language's file."""
    text = (FOLDER / f"{language}.txt").read_text(encoding="utf-8")
    found = []
    for block in text.split(f"\n{HEADING}")[1:]:
        heading, _, program = block.partition("\n")
        name, outside, *inside = (part.strip() for part in heading.split("|"))
        found.append(Attack(language, name, program, outside, inside[0] if inside else outside))
    return found
