"""Whole programs in every language whose toolchain is here: built and run in the jail, judged by what they print."""

from __future__ import annotations

import pytest

from passgap.execution import SandboxExecutor
from passgap.execution.toolchains import MissingToolchain, found_toolchain
from passgap.languages import LANGUAGES, needs_commands
from passgap.records import ExecutionJob, Limits, Outcome, OutcomeKind, StdioCase, StdioTests

QUICK = ("bash", "javascript")
"""Languages that are tried in the fast tests: nothing is compiled, and nothing has to be prepared."""

EXITS = {
    "bash": "read n; echo $((n + 1)); exit 3\n",
    "cpp": '#include <cstdio>\nint main() { int n; scanf("%d", &n); printf("%d\\n", n + 1); return 3; }\n',
    "csharp": "class P { static int Main() { System.Console.WriteLine(42); return 3; } }\n",
    "go": 'package main\n\nimport (\n\t"fmt"\n\t"os"\n)\n\nfunc main() {\n\tfmt.Println(42)\n\tos.Exit(3)\n}\n',
    "java": "class P { public static void main(String[] a) { System.out.println(42); System.exit(3); } }\n",
    "javascript": "console.log(42); process.exit(3);\n",
    "php": "<?php\necho 42, PHP_EOL;\nexit(3);\n",
    "ruby": "puts 42\nexit 3\n",
    "rust": 'fn main() { println!("42"); std::process::exit(3); }\n',
    "typescript": "const n: number = 42; console.log(n); process.exit(3);\n",
}
"""Programs that print what is expected, and then say by their exit status that they failed."""

ENDLESS = {
    "bash": "while :; do :; done\n",
    "cpp": "int main() { for (volatile int i = 0;; i++); }\n",
    "csharp": "class P { static void Main() { for (;;) { } } }\n",
    "go": "package main\n\nfunc main() {\n\tfor {\n\t}\n}\n",
    "java": "class P { public static void main(String[] a) { while (true) { } } }\n",
    "javascript": "for (;;) {}\n",
    "php": "<?php\nwhile (true) {}\n",
    "ruby": "loop {}\n",
    "rust": "fn main() { loop { std::hint::black_box(1); } }\n",
    "typescript": "for (;;) { }\n",
}

GREEDY = {
    "cpp": "#include <vector>\n#include <cstring>\nint main() { std::vector<char*> all; "
    "for (;;) { char* p = new char[1 << 24]; memset(p, 1, 1 << 24); all.push_back(p); } }\n",
    "csharp": "using System.Collections.Generic;\nclass P { static void Main() { var all = new List<byte[]>(); "
    "for (;;) { var p = new byte[1 << 24]; for (int i = 0; i < p.Length; i += 4096) p[i] = 1; all.Add(p); } } }\n",
    "go": "package main\n\nfunc main() {\n\tvar all [][]byte\n\tfor {\n"
    "\t\tp := make([]byte, 1<<24)\n\t\tfor i := range p {\n\t\t\tp[i] = 1\n\t\t}\n\t\tall = append(all, p)\n\t}\n}\n",
    "java": "import java.util.*;\nclass P { public static void main(String[] a) { "
    "List<byte[]> all = new ArrayList<>(); while (true) all.add(new byte[1 << 24]); } }\n",
    "javascript": "const all = []; for (;;) all.push(new Array(1 << 20).fill(all.length));\n",
    "php": "<?php\n$all = [];\nwhile (true) { $all[] = str_repeat(chr(count($all) % 256), 1 << 24); }\n",
    "ruby": "all = []\nloop { all << ('a' * (1 << 24)) }\n",
    "rust": "fn main() { let mut all = Vec::new(); loop { all.push(vec![1u8; 1 << 24]); } }\n",
    "typescript": "const all: number[][] = []; for (;;) all.push(new Array(1 << 20).fill(all.length));\n",
}
"""Programs that take memory without end. Bash is not among them: it takes minutes for that."""

BYTES = {
    "bash": "printf '\\xff\\n'\n",
    "cpp": "#include <cstdio>\nint main() { putchar(255); putchar(10); }\n",
    "go": 'package main\n\nimport "os"\n\nfunc main() {\n\tos.Stdout.Write([]byte{255, 10})\n}\n',
    "java": "class P { public static void main(String[] a) { System.out.write(255); System.out.write(10); "
    "System.out.flush(); } }\n",
    "javascript": "process.stdout.write(Buffer.from([255, 10]));\n",
    "php": "<?php\necho chr(255), chr(10);\n",
    "ruby": "$stdout.binmode; $stdout.write([255, 10].pack('C*'))\n",
    "rust": "use std::io::Write;\nfn main() { std::io::stdout().write_all(&[255, 10]).unwrap(); }\n",
    "typescript": "process.stdout.write(Buffer.from([255, 10]));\n",
}

BROKEN = "this is ( not a program\n"
LIMITS = Limits(seconds=10.0, memory_bytes=256 << 20)
SOON = Limits(seconds=0.5, memory_bytes=256 << 20)


def _languages() -> list[object]:
    named = [name for name in LANGUAGES if needs_commands(name)]
    return [pytest.param(name, marks=() if name in QUICK else (pytest.mark.slow,)) for name in named]


@pytest.fixture(params=_languages())
def language(request: pytest.FixtureRequest) -> str:
    """The name of a language whose toolchain is here; the others are skipped, with what would bring them."""
    try:
        _ = found_toolchain(request.param).cache
    except MissingToolchain as missing:
        pytest.skip(str(missing))
    return str(request.param)


def run(language: str, programs: dict[str, str]) -> dict[str, Outcome]:
    tests = StdioTests(cases=(StdioCase(stdin="42\n", stdout="42\n"),))
    jobs = [
        ExecutionJob(
            key=key, program=program, tests=tests, language=language, limits=SOON if key == "endless" else LIMITS
        )
        for key, program in programs.items()
    ]
    with SandboxExecutor(workers=1) as executor:
        return {result.key: result.outcome for result in executor.run(jobs)}


def test_programs_are_judged_by_what_they_print_and_how_they_end(language: str) -> None:
    toolchain = LANGUAGES[language].toolchain
    assert toolchain is not None
    programs = {"proof": toolchain.proof, "exits": EXITS[language], "broken": BROKEN, "endless": ENDLESS[language]}
    programs |= {"greedy": GREEDY[language]} if language in GREEDY else {}
    programs |= {"bytes": BYTES[language]} if language in BYTES else {}
    found = run(language, programs)
    told = {key: (outcome.kind, outcome.reason) for key, outcome in found.items()}
    assert found["proof"].passed, told
    assert found["proof"].protocol == "outside"
    assert found["exits"].kind is OutcomeKind.FAILED and "exit status 3" in (found["exits"].reason or ""), told
    assert found["broken"].kind is OutcomeKind.FAILED, told
    assert ("does not compile" in (found["broken"].reason or "")) == bool(toolchain.build or toolchain.server), told
    assert found["endless"].kind is OutcomeKind.TIMEOUT, told
    if "greedy" in found:
        assert found["greedy"].kind is OutcomeKind.OUT_OF_MEMORY, told
    if "bytes" in found:
        assert found["bytes"].kind is OutcomeKind.FAILED, told
        assert "not UTF-8: byte 0xff at 0" in (found["bytes"].reason or ""), told


def test_each_case_is_a_run_of_its_own(language: str) -> None:
    toolchain = LANGUAGES[language].toolchain
    assert toolchain is not None
    cases = tuple(StdioCase(stdin=text, stdout=text) for text in ("a\n", "b c\n\nd\n", "\u00e4\u4e2d\n"))
    wrong = (*cases, StdioCase(stdin="a\n", stdout="b\n"))
    jobs = [
        ExecutionJob(key=key, program=toolchain.proof, tests=StdioTests(cases=each), language=language, limits=LIMITS)
        for key, each in (("right", cases), ("wrong", wrong))
    ]
    with SandboxExecutor(workers=1) as executor:
        found = {result.key: result.outcome for result in executor.run(jobs)}
    assert found["right"].passed and found["right"].cases == "PPP"
    assert found["wrong"].kind is OutcomeKind.FAILED and (found["wrong"].cases or "")[:3] == "PPP"


@pytest.mark.slow
def test_rust_is_optimised_where_a_run_takes_long_and_says_the_same_either_way() -> None:
    try:
        _ = found_toolchain("rust").cache
    except MissingToolchain as missing:
        pytest.skip(str(missing))
    programs = {
        "long": "fn main() { let mut s: u64 = 42;\n"
        "for i in 0..200_000_000u64 { s = s.wrapping_mul(31) ^ (i & (s >> 7)); }\n"
        'println!("{}", if s == 1 { 1 } else { 42 }); }\n',
        "overflows": 'fn main() { let n: i32 = "2147483647".parse().unwrap(); println!("{}", (n + 1) / -51130563); }\n',
        "deep": "fn f(n: u64) -> u64 { if n == 0 { 0 } else { 1 + f(n - 1) } }\n"
        'fn main() { println!("{}", f(40_000) / 952); }\n',
    }
    found = run("rust", programs)
    assert {key: outcome.kind for key, outcome in found.items()} == dict.fromkeys(programs, OutcomeKind.PASSED), found
