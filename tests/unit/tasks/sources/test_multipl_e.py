"""MultiPL-E: its problems are read, split where they can be, and never trained on."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from passgap.errors import StudyError
from passgap.execution import SandboxExecutor
from passgap.execution.toolchains import MissingToolchain, found_toolchain
from passgap.records import CallTests, EmbeddedTests, ExecutionJob, Problem
from passgap.spec import TaskSource
from passgap.study.splits import require_trainable
from passgap.tasks import load_tasks
from passgap.tasks.kinds import kind_of

ROOT = Path(__file__).parents[4]
FOLDER = Path(os.environ.get("PASSGAP_MULTIPL_E", ROOT.parent / "shared" / "data" / "multipl_e"))
ROW: dict[str, Any] = {
    "name": "HumanEval_0_add",
    "language": "js",
    "prompt": "//Add.\nfunction add(a, b){\n",
    "tests": "const assert = require('node:assert');\n\n\nfunction test() {\n  let candidate = add;\n"
    "  assert.deepEqual(candidate(1, 2),3);\n  assert.deepEqual(candidate(0, 0),0);\n}\n\ntest();",
    "stop_tokens": ["\nfunction "],
}
LOOP = "  for (const each of [1, 2]) assert.deepEqual(candidate(each, 0), each);\n}\n\ntest();"


def loaded(folder: Path, *rows: dict[str, Any]) -> tuple[Problem, ...]:
    path = folder / "problems.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return load_tasks("multipl-e", path=path).problems


def test_a_row_becomes_a_problem_whose_tests_are_calls(tmp_path: Path) -> None:
    [problem] = loaded(tmp_path, ROW)
    assert (problem.id, problem.language, problem.entry_point) == (
        "multipl-e/javascript/HumanEval_0_add",
        "javascript",
        "add",
    )
    assert isinstance(problem.tests, CallTests) and not problem.judged_inside
    assert [(case.arguments, case.expected) for case in problem.tests.cases] == [("1, 2", "3"), ("0, 0", "0")]


def test_tests_that_cannot_be_split_stay_in_their_program(tmp_path: Path) -> None:
    [problem] = loaded(tmp_path, {**ROW, "tests": ROW["tests"].replace("}\n\ntest();", LOOP)})
    assert isinstance(problem.tests, EmbeddedTests) and problem.judged_inside
    assert problem.tests.calls == ("test()",) and "each of" in problem.tests.code


WHOLE = {
    "cpp": (
        "long f(long a) {\n",
        "}\nint main() {\n    auto candidate = f;\n    for (int a = 0; a < 2; a++) assert(candidate(a) == a);\n}\n",
        "passgap_tests()",
    ),
    "rs": (
        "fn f(a: isize) -> isize {\n",
        "}\n\nfn main() {\n    let candidate = f;\n    for a in 0..2 { assert_eq!(candidate(a), a); }\n}\n",
        "passgap_tests()",
    ),
    "go_test.go": (
        "package f_test\n\nfunc f(a int) int {\n",
        "func TestF(t *testing.T) {\n  candidate := f\n"
        "  for a := 0; a < 2; a++ { if candidate(a) != a { t.Fatal(a) } }\n}\n",
        "TestF(&passgapTests{})",
    ),
    "java": (
        "class Problem {\n    public static long f(long a) {\n",
        "    }\n    public static void main(String[] args) {\n    for (long a = 0; a < 2; a++)\n"
        "    assert(f(a) == a);\n    }\n\n}\n",
        "PassgapTests.main(new String[0])",
    ),
    "cs": (
        "class Problem {\n    public static long f(long a) {\n",
        "    }\n    public static void Main(string[] args) {\n    for (long a = 0; a < 2; a++)\n"
        "    Debug.Assert(f(a) == a);\n    }\n\n}\n",
        "PassgapTests.Run(new string[0])",
    ),
    "rb": (
        "def f(a)\n",
        "require 'test/unit'\nclass TestHumanEval < Test::Unit::TestCase\n  def test_f\n    candidate = method(:f)\n"
        "    2.times { |a| assert_equal(a, candidate.call(a)) }\n  end\nend\n",
        "TestHumanEval.new.test_f",
    ),
    "php": (
        "<?php\nfunction f($a) {\n",
        "function candidate(...$args) {\n    return f(...$args);\n}\n\nfunction test(): void {\n"
        '    foreach ([0, 1] as $a) if (candidate($a) !== $a) throw new Exception("no");\n}\n\ntest();',
        "test()",
    ),
    "sh": (
        "f() {\n",
        '}\n\ncandidate() {\n    f "$@"\n}\n\nset -e\nrun_test() {\n    for a in 0 1; do\n'
        "    [[ $(candidate $a) = $a ]]\n    done\n}\n\nrun_test\n",
        "run_test",
    ),
}


@pytest.mark.parametrize("language", WHOLE)
def test_a_loop_stays_whole_in_every_language(tmp_path: Path, language: str) -> None:
    prompt, tests, call = WHOLE[language]
    [problem] = loaded(tmp_path, {**ROW, "language": language, "prompt": prompt, "tests": tests})
    assert isinstance(problem.tests, EmbeddedTests) and problem.judged_inside
    assert (problem.entry_point, problem.tests.calls) == ("f", (call,))
    assert "candidate" in problem.tests.code or "f(a)" in problem.tests.code
    last = problem.tests.code.strip().splitlines()[-1]
    assert last.strip() in ("}", "end"), "they run when they are called, and not before"


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"language": "lua"}, "`lua` cannot be called"),
        ({"tests": "nothing"}, "do not run themselves"),
        ({"name": None}, ""),
    ],
)
def test_a_row_that_is_none_of_the_set_is_refused_with_its_line(
    tmp_path: Path, changed: dict[str, Any], message: str
) -> None:
    row = {key: value for key, value in {**ROW, **changed}.items() if value is not None}
    with pytest.raises(StudyError, match="nothing of it is used") as caught:
        loaded(tmp_path, row)
    assert message in caught.value.problems[0] and caught.value.problems[0].startswith("line 1")


def test_it_may_not_be_trained_on() -> None:
    require_trainable(TaskSource(tasks="starter"))
    with pytest.raises(StudyError, match="no set to train on"):
        require_trainable(TaskSource(tasks="multipl-e", path="humaneval-ts.jsonl.gz"))


def test_a_raw_completion_is_closed_as_the_set_closes_it(tmp_path: Path) -> None:
    tests = "}\nint main() {\n    auto candidate = add;\n    assert(candidate((1), (2)) == (3));\n}\n"
    row = {**ROW, "language": "cpp", "prompt": "long add(long a, long b) {\n", "tests": tests}
    [problem] = loaded(tmp_path, row)
    assert (
        kind_of(problem).continued(problem, "    return a + b;\n") == "long add(long a, long b) {\n    return a + b;\n}"
    )


def test_its_problems_are_judged_outside(tmp_path: Path) -> None:
    try:
        found_toolchain("javascript")
    except MissingToolchain as missing:
        pytest.skip(str(missing))
    [problem] = loaded(tmp_path, ROW)
    bodies = {"right": "return 3 * (a > 0);", "wrong": "return a;", "exits": "process.exit(0);"}
    jobs = [
        ExecutionJob(key=name, program=f"{problem.prompt}{body}\n}}\n", tests=problem.tests, language=problem.language)
        for name, body in bodies.items()
    ]
    with SandboxExecutor(workers=1) as executor:
        outcomes = {result.key: result.outcome for result in executor.run(jobs)}
    assert {name: outcome.passed for name, outcome in outcomes.items()} == {
        "right": True,
        "wrong": False,
        "exits": False,
    }
    assert {outcome.protocol for outcome in outcomes.values()} == {"outside"}


@pytest.mark.skipif(
    not FOLDER.is_dir(), reason="MultiPL-E is not here; set PASSGAP_MULTIPL_E to the folder of its files"
)
@pytest.mark.parametrize(("short", "count", "inside"), [("js", 161, 0), ("ts", 159, 0), ("go", 154, 0), ("rs", 156, 0)])
def test_every_problem_of_the_set_is_read(short: str, count: int, inside: int) -> None:
    problems = load_tasks("multipl-e", path=FOLDER / f"humaneval-{short}.jsonl.gz").problems
    assert (len(problems), sum(each.judged_inside for each in problems)) == (count, inside)


def test_the_short_form_takes_tests_of_the_set(tmp_path: Path) -> None:
    tests = "function test() {\n  let candidate = twice;\n  assert.deepEqual(candidate(3),6);\n}\n\ntest();\n"
    row = {"task_id": "1", "prompt": "function twice(n) {\n", "test": tests, "entry_point": "twice"}
    path = tmp_path / "own.jsonl"
    path.write_text(json.dumps({**row, "language": "javascript"}) + "\n")
    (problem,) = load_tasks(path).problems
    assert problem.tests.style == "calls"
    assert [(case.arguments, case.expected) for case in problem.tests.cases] == [("3", "6")]
