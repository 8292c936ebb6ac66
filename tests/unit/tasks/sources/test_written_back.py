"""Problems written as rows of the set that they are of: in every language, and as the set itself writes them."""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path
from typing import Any

import pytest

from parts import one_in
from passgap.converting import write_rows, write_tasks
from passgap.errors import StudyError
from passgap.models.cache import CACHE_VARIABLE
from passgap.records import CallTests, Problem, ReferenceTests, RepositoryTests
from passgap.tasks import SOURCES, load_tasks, task_set
from wire_rows import IN_REPOSITORIES, WIRE_ROWS, written_rows

DATA = Path(os.environ.get("PASSGAP_DATA", Path(__file__).parents[4].parent / "shared" / "data"))


def written(folder: Path, *rows: dict[str, Any]) -> Path:
    path = folder / "rows.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def through_passgap(name: str, path: Path, folder: Path, split: str | None = None) -> list[dict[str, Any]]:
    """The rows of a set after they became passgap's own JSON lines and were written back."""
    tasks = load_tasks(name, path=path, split=split)
    ours = load_tasks(write_tasks(tasks, folder / "ours.jsonl"))
    back = write_rows(ours, name, folder / "back.jsonl")
    if len(tasks.problems) > 1 or name != "humanevalpack":
        assert load_tasks(name, path=back, split=split).digest == tasks.digest
    return [json.loads(line) for line in back.read_text().splitlines()]


MULTIPL_E = {
    "js": (
        "function f_of(a){\n",
        "const assert = require('node:assert');\n\n\nfunction test() {\n  let candidate = f_of;\n"
        '  assert.deepEqual(candidate([1, "a),b"]),{"a": [1]});\n  assert.deepEqual(candidate(),-1);\n}\n\ntest();',
    ),
    "ts": (
        "function f_of(a: number): number {\n",
        "declare var require: any;\nconst assert = require('node:assert');\n\n\nfunction test() {\n"
        "  let candidate = f_of;\n  assert.deepEqual(candidate(1),2);\n}\n\ntest();",
    ),
    "cpp": (
        "long f_of(long a) {\n",
        "}\nint main() {\n    auto candidate = f_of;\n    assert(candidate((1)) == (2));\n}\n",
    ),
    "rs": (
        "fn f_of(a: i64) -> i64 {\n",
        "}\n\nfn main() {\n    let candidate = f_of;\n    assert_eq!(candidate(1), 2);\n}\n",
    ),
    "java": (
        "class Problem {\n    public static Object f_of(long a) {\n",
        "    }\n    public static void main(String[] args) {\n    assert(f_of((1l)) == (2l));\n"
        '    assert(f_of((2l)).equals(("two")));\n    assert(f_of((3l)) == (float)-1l);\n    }\n\n}\n',
    ),
    "cs": (
        "class Problem {\n    public static long FOf(long a) {\n",
        "    }\n    public static void Main(string[] args) {\n    Debug.Assert(FOf((1L)) == (2L));\n"
        "    Debug.Assert(FOf((2L)).Equals(null));\n    }\n\n}\n",
    ),
    "go_test.go": (
        'package f_of_test\n\nimport (\n    "testing"\n    "fmt"\n)\n\nfunc f_of(a int) int {\n',
        "func TestF_Of(t *testing.T) {\n  candidate := f_of\n\ttype test struct {\n\t\tactual   interface{}\n"
        "\t\texpected interface{}\n\t}\n   tests := []test{\n     { actual: candidate(1), expected: 2 },\n   }\n\n"
        '\tfor i, tc := range tests {\n\t\tt.Run(fmt.Sprintf("test num % d", i), func(t *testing.T) {\n'
        '\t\t\tif fmt.Sprintf("%v", tc.actual) != fmt.Sprintf("%v", tc.expected) {\n'
        "\t\t\t\tt.Errorf(\"expected '%s', got '%s'\", tc.expected, tc.actual)\n\t\t\t}\n\t\t})\n\t}\n}\n",
    ),
    "rb": (
        "def f_of(a)\n",
        "require 'test/unit'\nclass TestHumanEval < Test::Unit::TestCase\n  def test_f_of\n"
        "    candidate = method(:f_of)\n    assert_equal([1, 2], candidate.call(1))\n  end\nend\n",
    ),
    "php": (
        "<?php\nfunction f_of($a) {\n",
        "function candidate(...$args) {\n    return f_of(...$args);\n}\n\nfunction test(): void {\n"
        '    if (candidate(1) !== 2) { throw new Exception("Test failed!"); }\n}\n\ntest();',
    ),
    "sh": (
        "f_of() {\n",
        '}\n\ncandidate() {\n    f_of "$@"\n}\n\nset -e\nrun_test() {\n    [[ $(candidate "1") = "2" ]]\n}\n\nrun_test',
    ),
}


@pytest.mark.parametrize("language", MULTIPL_E)
def test_multipl_e_comes_back_to_the_letter(language: str, tmp_path: Path) -> None:
    prompt, tests = MULTIPL_E[language]
    row = {"name": "mbpp_3_f_of", "language": language, "prompt": prompt, "tests": tests}
    assert through_passgap("multipl-e", written(tmp_path, row), tmp_path) == [row]


WHOLE = {
    "js": MULTIPL_E["js"][1].replace("  assert.deepEqual(candidate(),-1);\n", "  for (;;) break;\n"),
    "ts": MULTIPL_E["ts"][1].replace("  assert.deepEqual(candidate(1),2);\n", "  for (;;) break;\n"),
    "cpp": MULTIPL_E["cpp"][1].replace("    assert(c", "    for (int a = 0; a < 1; a++) assert(c"),
    "rs": MULTIPL_E["rs"][1].replace("    assert_eq!(c", "    for _ in 0..1 { () }\n    assert_eq!(c"),
    "java": MULTIPL_E["java"][1].replace("    assert(f_of((1l))", "    for (;;) break;\n    assert(f_of((1l))"),
    "cs": MULTIPL_E["cs"][1].replace("    Debug.Assert(FOf((1L))", "    for (;;) break;\n    Debug.Assert(FOf((1L))"),
    "go_test.go": MULTIPL_E["go_test.go"][1].replace("   tests := ", "\tfor false { }\n   tests := "),
    "rb": MULTIPL_E["rb"][1].replace("    assert_equal", "    [1].each { |a| a }\n    assert_equal"),
    "php": MULTIPL_E["php"][1].replace("    if (candidate", "    foreach ([1] as $a) {}\n    if (candidate"),
    "sh": MULTIPL_E["sh"][1].replace("    [[ ", "    true\n    [[ "),
}


@pytest.mark.parametrize("language", WHOLE)
def test_tests_that_were_not_split_come_back_to_the_letter(language: str, tmp_path: Path) -> None:
    row = {"name": "f_of", "language": language, "prompt": MULTIPL_E[language][0], "tests": WHOLE[language]}
    assert load_tasks("multipl-e", path=written(tmp_path, row)).problems[0].judged_inside
    assert through_passgap("multipl-e", tmp_path / "rows.jsonl", tmp_path) == [row]


GO_SETUP = 'package main\n\nimport (\n    "testing"\n    "github.com/stretchr/testify/assert"\n)\n'
PACK = {
    "Python/0": (
        '\n\ndef f(x):\n    """Add."""\n',
        "    return x + 1\n",
        "def check(f):\n    assert f(1) == 2\n\ncheck(f)",
    ),
    "JavaScript/1": (
        "\nconst f = (x) => {\n",
        "  return x + 1;\n}\n",
        "const testF = () => {\n  const a = [1,\n    2]\n  console.assert(f(a) === true)\n"
        "  console.assert(JSON.stringify(f(2)) === JSON.stringify([3, '(']))\n"
        "  console.assert(Math.abs(f(3) - 1.5) < 1e-6)\n}\n\ntestF()\n",
    ),
    "CPP/2": (
        "#include<vector>\nusing namespace std;\nvector<int> f(int x){\n",
        "    return {x};\n}\n",
        "#undef NDEBUG\n#include<assert.h>\nbool issame(vector<int> a,vector<int>b){\n    if (a.size()!=b.size()) "
        "return false;\n    return true;\n}\nint main(){\n    assert (issame(f(1), {1}));\n"
        "    assert (issame(f(2), {2}));\n}\n",
    ),
    "CPP/3": (
        "#include<vector>\nusing namespace std;\nvector<float> f(float x){\n",
        "    return {x};\n}\n",
        "#undef NDEBUG\n#include<assert.h>\nbool issame(vector<float> a,vector<float>b){\n"
        "    for (int i=0;i<a.size();i++)\n    {\n    if (abs(a[i]-b[i])>1e-4) return false;\n    }\n"
        "    return true;\n}\nint main(){\n    vector<float> v={1};\n    assert (issame(f(1), v));\n"
        "    assert (issame(f(2), {2.5}));\n}\n",
    ),
    "CPP/4": (
        "#include<math.h>\nfloat f(float x){\n",
        "    return x;\n}\n",
        "#undef NDEBUG\n#include<assert.h>\nint main(){\n    assert (abs(f(1) - 1.0) < 1e-4);\n"
        "    assert (f(2) == 2);\n}\n",
    ),
    "Rust/5": (
        "\nfn f(x: i32) -> i32 {\n",
        "    x + 1\n}\n",
        "\n#[cfg(test)]\nmod tests {\n    use super::*;\n\n    #[test]\n    fn test_f() {\n"
        "        let a: i32 = 1;\n        assert_eq!(f(a), 2);\n        assert!(f(2) == 3);\n    }\n\n}\n",
    ),
    "Go/6": (
        'import (\n    "math"\n)\n\n// Add.\nfunc F(x int) int {\n',
        "    return x + int(math.Abs(1))\n}\n",
        "func TestF(t *testing.T) {\n    assert := assert.New(t)\n    assert.Equal(2, F(1))\n    assert.Nil(F(2))\n"
        "    assert.Equal(true, math.Abs(F(3)-2.5) < 1e-6)\n    assert.True(F(4))\n}\n",
    ),
    "Java/7": (
        "import java.util.*;\n\nclass Solution {\n    public Object f(int x) {\n",
        "        return x + 1;\n    }\n}",
        "public class Main {\n    public static void main(String[] args) {\n        Solution s = new Solution();\n"
        "        List<Boolean> correct = Arrays.asList(\n                s.f(1) == 2,\n"
        '                s.f(2).equals("a,b"),\n                Math.abs(s.f(3) - 2.5) < 1e-6,\n'
        "                !s.f(4),\n                Arrays.equals(s.f(5), new int[]{1, 2})\n        );\n"
        "        if (correct.contains(false)) {\n            throw new AssertionError();\n        }\n    }\n}\n",
    ),
    "JavaScript/8": (
        "const f = (x) => {\n",
        "  return x;\n}\n",
        "const testF = () => {\n  for (const a of [1]) console.assert(f(a) === a)\n}\n\ntestF()\n",
    ),
    "Rust/9": (
        "fn f(x: i32) -> i32 {\n",
        "    x\n}\n",
        "\n#[cfg(test)]\nmod tests {\n    use super::*;\n\n    #[test]\n    fn test_f() {\n"
        "        for a in 0..1 { assert!(f(a) == a); }\n    }\n}\n",
    ),
    "Go/10": (
        "func F(x int) int {\n",
        "    return x\n}\n",
        "func TestF(t *testing.T) {\n    assert := assert.New(t)\n    for a := 0; a < 1; a++ {\n"
        "        assert.Equal(a, F(a))\n    }\n}\n",
    ),
}


def pack_row(stated: str) -> dict[str, Any]:
    begun, rest, test = PACK[stated]
    go = {"test_setup": GO_SETUP, "import": ""} if stated.startswith("Go") else {}
    return {
        "task_id": stated,
        "prompt": begun,
        "declaration": begun.partition('    """')[0],
        "canonical_solution": rest,
        "buggy_solution": rest.replace("x", "y"),
        "bug_type": "variable misuse",
        "test": test,
        "entry_point": "F" if go else "f",
        "signature": "f(x)",
        **go,
    }


@pytest.mark.parametrize("split", SOURCES["humanevalpack"].splits)
@pytest.mark.parametrize("stated", PACK)
def test_humanevalpack_comes_back_in_every_language(stated: str, split: str, tmp_path: Path) -> None:
    source, number = SOURCES["humanevalpack"], int(stated.partition("/")[2])
    path = written(
        tmp_path, *({**pack_row(stated), "task_id": f"{stated[: -len(str(number))]}{at}"} for at in range(164))
    )
    first = next(each for each in load_tasks("humanevalpack", path=path, split=split).problems)
    row = source.row_of(first)  # reads the row again, and refuses it unless it is the same problem
    kept = {"canonical_solution", "bug_type", "entry_point", "test_setup"} & row.keys()
    lost = {"bug_type"} if split == "synthesize" else set()
    assert {name: row[name] for name in kept - lost} == {name: pack_row(stated)[name] for name in kept - lost}


@pytest.mark.parametrize("stated", PACK)
def test_humaneval_x_comes_back_in_every_language(stated: str, tmp_path: Path) -> None:
    row = {name: value for name, value in pack_row(stated).items() if name not in ("buggy_solution", "entry_point")}
    [back] = through_passgap("humaneval-x", written(tmp_path, row), tmp_path)
    assert back["canonical_solution"] == row["canonical_solution"] and back["prompt"] == row["prompt"]


MBXP_ROWS = {
    "cpp": (
        "\ntemplate <typename T> bool compare(T a, T b){ \n    return a == b; \n}\n\n"
        "int main(int argc, char* argv[]) {\n    vector<int> x0 = f({1}, 2);\n    if (!(compare(x0, {3, 4}))) {\n"
        '        throw runtime_error("Exception -- test case 0 did not pass.");\n    }\n\n    return 0;\n}',
        "vector<int> f(vector<int> a, int b) {\n",
    ),
    "csharp": (
        "\n\n        public static void Main(string[] args)\n        {\n"
        "            CompareLogic compareLogic = new CompareLogic();\n            var actual1 = f(1);\n"
        "            var expected1 = new List<int> {4,5};\n"
        "            var result1 = compareLogic.Compare(actual1, expected1);\n            if (!result1.AreEqual) "
        '{throw new Exception("Exception --- test case 0 failed to pass");}\n\n        }\n    }\n}\n',
        "using System;\nusing KellermanSoftware.CompareNetObjects;\n\nnamespace Solution\n{\n    public class Program\n"
        "    {\n        public static List<int> f (int a) \n        {",
    ),
    "go": (
        "\n\nfunc deepCompare() bool {\n\treturn true\n}\n\nfunc main() {\n\tactual_1 := f([]int{3, 4})\n"
        '\texpected_1 := []int{4, 5}\n\tdeepCompare(actual_1, expected_1, "Exception --- test case 0 failed to pass")'
        "\n\n}",
        'package main\n\nimport (\n\t"sort"\n\t"encoding/json"\n\t"reflect"\n)\n// Go\nfunc f (a []int) []int {\n',
    ),
    "java": (
        "\n\nclass Main {\n    public static void main(String[] args) throws Exception {\n        int arg00 = 1;\n"
        "        int x0 = F.f(1);\n        int v0 = 2;\n        if (!(compare(x0, v0))) {\n            throw e;\n"
        "        }\n\n\n}\n}\n",
        "class F {\n    public static int f(int a) {\n",
    ),
    "javascript": (
        '\nconst _ = require("lodash")\n\nvar arg00 = [1, 2];\nvar x0 = f(arg00);\nvar v0 = "b";\n'
        "if(!compare(x0, v0)){\n    throw 'Error'\n}\n\n",
        "function f(a) {\n",
    ),
    "php": (
        "\n\nfunction compare($x, $y) {\n    return $x == $y;\n}\n\n$arg00 = [3];\n$x0 = f($arg00);\n$v0 = 4;\n"
        'if (!compare($x0, $v0)) {\n    throw new Exception("Error");\n}\n',
        "<?php\nfunction f($a){\n",
    ),
    "ruby": ("\n\narg00 = 10\nx0 = f?(arg00)\nv0 = true\nif x0 != v0\n    raise StandardError\nend\n\n", "def f?(a)"),
    "typescript": (
        "\nimport * as assert from 'assert'\n\nlet actual_1 = f([3],[5]);\nlet expected_1 = [4, 5];\n"
        'assert.deepEqual(actual_1, expected_1, "Exception --- test case 0 failed to pass");\n\n',
        "const f = function (a: number[], b: number[]) : number[]  {\n",
    ),
    "python": ("\n\ndef check(candidate):\n    assert candidate(1) == 2\n\n", "\ndef f(a):\n"),
}


@pytest.mark.parametrize("language", MBXP_ROWS)
def test_mbxp_comes_back_in_every_language(language: str, tmp_path: Path) -> None:
    test, prompt = MBXP_ROWS[language]
    name = "f?" if language == "ruby" else "f"
    row = {"task_id": "M/3", "language": language, "prompt": prompt, "entry_point": name, "test": test}
    [back] = through_passgap("mbxp", written(tmp_path, row), tmp_path)
    assert (back["prompt"], back["entry_point"]) == (prompt, name)
    if language in ("csharp", "typescript", "python"):
        assert back["test"] == test


MBPP_PLUS = {
    2: [[1, 2], [3]],
    63: [[[1, 2], [3, 4]]],
    75: [[[1, 2]], 3],
    106: [[1], [2, 3]],
    115: [[[1, 2], [3]]],
    124: ["1.5", "(2+3j)"],
    250: [[1, 2], 1],
    252: ["(1-2j)"],
    259: [[[1, 2]], [[3]]],
    278: [[1, [2, 3]]],
    580: [[1, [2, [3]]]],
    722: [{"a": [1, 2]}, 1],
    3: [float("inf"), [1, "x"], None],
}


@pytest.mark.parametrize("number", MBPP_PLUS)
def test_values_that_json_does_not_know_come_back_to_mbppplus(number: int, tmp_path: Path) -> None:
    row = {**WIRE_ROWS["mbppplus"][0], "task_id": f"Mbpp/{number}", "base_input": [MBPP_PLUS[number]], "plus_input": []}
    [back] = through_passgap("mbppplus", written(tmp_path, row), tmp_path)
    restored = [float(MBPP_PLUS[number][0]), MBPP_PLUS[number][1]] if number == 124 else MBPP_PLUS[number]
    assert back["base_input"] == [restored] and back["task_id"] == row["task_id"]


@pytest.mark.parametrize("name", IN_REPOSITORIES)
def test_repositories_are_written_beside_their_rows(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "cache"))
    (tmp_path / "set").mkdir()
    for split in SOURCES[name].splits or (None,):
        folder = tmp_path / str(split)
        folder.mkdir()
        path = tmp_path / "set" if (tmp_path / "set" / "rows.jsonl").exists() else written_rows(name, tmp_path / "set")
        tasks = load_tasks(name, path=path, split=split)
        ours = load_tasks(write_tasks(tasks, folder / "ours.jsonl"))
        (folder / "back").mkdir()
        back = write_rows(ours, name, folder / "back" / "rows.jsonl")
        first = back.read_text()
        assert load_tasks(name, path=folder / "back", split=split).digest == tasks.digest
        with pytest.raises(StudyError, match="is there already"):
            write_rows(ours, name, back)
        (folder / "again").mkdir()
        assert write_rows(ours, name, folder / "again" / "rows.jsonl").read_text() == first
        assert [each.name for each in (folder / "back").iterdir() if each.name.startswith(".")] == []


def test_every_field_that_a_row_cannot_carry_is_named_and_nothing_is_written(tmp_path: Path) -> None:
    tasks = load_tasks("multipl-e", path=written(tmp_path, _row("a"), _row("b"), _row("c")))
    one, other, third = tasks.problems
    assert isinstance(one.tests, CallTests)
    case = one.tests.cases[0].model_copy(update={"abs_tol": 0.5})
    changed = [
        one.model_copy(update={"difficulty": "hard", "tests": one.tests.model_copy(update={"cases": (case,)})}),
        other.model_copy(update={"tests": one.tests.model_copy(update={"setup": "let a;\n"}), "licence": "MIT"}),
        third,
    ]
    with pytest.raises(StudyError) as caught:
        write_rows(task_set("changed", changed), "multipl-e", tmp_path / "back.jsonl")
    assert len(caught.value.problems) == 2
    assert "cannot carry `tests.cases`, `difficulty`" in caught.value.problems[0]
    assert "cannot carry `tests.setup`, `licence`" in caught.value.problems[1]
    assert not (tmp_path / "back.jsonl").exists()


@pytest.mark.parametrize(
    ("name", "change", "said"),
    [
        ("safim", {"difficulty": "hard"}, "`difficulty`"),
        ("safim", {"body": {"suffix": "\nprint(m)\n", "cut": "line"}}, "`body.cut`"),
        ("humanevalplus", {"reference": "def add(a, b): ..."}, "does not go on where a row begins"),
        ("humaneval-x", {"language": "ruby"}, "the language `ruby`"),
        ("mbxp", {"language": "lua"}, "its language"),
        ("exercism", {"body": {"files": {"two_sum.py": ""}, "editable": ["two_sum.py"]}}, "`body.solution` is empty"),
        ("apps", {"limits": None}, "`limits`"),
    ],
)
def test_a_problem_that_is_none_of_a_set_is_not_written(
    name: str, change: dict[str, Any], said: str, tmp_path: Path
) -> None:
    problem = load_tasks(name, path=written_rows(name, tmp_path)).problems[0].model_copy(update=change)
    with pytest.raises(StudyError) as caught:
        write_rows(task_set(name, [problem]), name, tmp_path / "back.jsonl")
    assert said in caught.value.problems[0] and caught.value.problems[0].startswith(problem.id)


def test_calls_that_are_more_than_values_are_no_inputs_of_evalplus(tmp_path: Path) -> None:
    problem = load_tasks("humanevalplus", path=written_rows("humanevalplus", tmp_path)).problems[0]
    assert isinstance(problem.tests, ReferenceTests)
    changed = problem.model_copy(update={"tests": problem.tests.model_copy(update={"calls": ("[range(3)]",)})})
    with pytest.raises(ValueError, match="holds more than values"):
        SOURCES["humanevalplus"].row_of(changed)


def test_a_repository_without_its_tree_is_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "cache"))
    problem = load_tasks("swe-bench", path=written_rows("swe-bench", tmp_path)).problems[0]
    assert isinstance(problem.tests, RepositoryTests)
    bare: Problem = problem.model_copy(update={"tests": problem.tests.model_copy(update={"tree": None})})
    with pytest.raises(StudyError, match="no rows of swe-bench"):
        write_rows(task_set("one", [bare]), "swe-bench", tmp_path / "back.jsonl")
    (tree,) = (tmp_path / "cache" / "trees").iterdir()
    tree.write_bytes(tree.read_bytes()[:-1])
    with pytest.raises(StudyError, match="damaged"):
        write_rows(task_set("one", [problem]), "swe-bench", tmp_path / "back.jsonl")


def _row(name: str) -> dict[str, Any]:
    prompt, tests = MULTIPL_E["js"]
    return {"name": name, "language": "js", "prompt": prompt, "tests": tests}


FILES = [
    *(("multipl-e", None, path) for path in sorted((DATA / "multipl_e").glob("*.gz")) if "lua" not in path.name),
    *(
        ("humanevalpack", split, path)
        for path in sorted((DATA / "humanevalpack").glob("*.gz"))
        for split in SOURCES["humanevalpack"].splits
    ),
    *(
        ("humanevalplus", split, path)
        for path in sorted((DATA / "humanevalplus").glob("*.gz"))
        for split in ("plus", "base")
    ),
    *(("exercism", split, path) for path in (DATA / "exercism").glob("*.gz") for split in SOURCES["exercism"].splits),
]


@pytest.mark.skipif(not FILES, reason="the public sets are not in shared/data")
@pytest.mark.parametrize("file", one_in(5, FILES), ids=lambda file: f"{file[0]}-{file[1]}-{file[2].name}")
def test_published_files_come_back(file: tuple[str, str | None, Path], tmp_path: Path) -> None:
    name, split, path = file
    back = through_passgap(name, path, tmp_path, split)
    if name != "multipl-e":
        return
    rows = {row["name"]: row for row in map(json.loads, gzip.decompress(path.read_bytes()).splitlines())}
    other = [row["name"] for row in back if any(row[key] != rows[row["name"]][key] for key in row)]
    assert set(other) <= {"HumanEval_51_remove_vowels"}  # its literals hold line ends, which are written as escapes
