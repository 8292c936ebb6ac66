"""Rows in the wire formats of public task sets, invented: the fields that each set documents, small problems."""

from __future__ import annotations

import base64
import json
import pickle
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from repositories import commit0_folder, swe_bench_folder

_ADD = "def add(a, b):\n"
_HUMANEVAL_PLUS = {
    "task_id": "HumanEval/3",
    "prompt": f'{_ADD}    """Add two numbers."""\n',
    "canonical_solution": "    return a + b\n",
    "entry_point": "add",
    "base_input": [[1, 2]],
    "plus_input": [[0.1, 0.2], [[1], [2]]],
    "atol": 0,
    "contract": "",
}
_MBPP_PLUS = {
    **_HUMANEVAL_PLUS,
    "task_id": "Mbpp/2",
    "prompt": '"""\nWrite a function: the items that two tuples share.\nassert shared((1, 2), (2,)) == (2,)\n"""\n',
    "canonical_solution": "\ndef shared(a, b):\n    return tuple(set(a) & set(b))\n",
    "entry_point": "shared",
    "base_input": [[[1, 2], [2]]],
    "plus_input": [[[1, 2, 3], [3, 2]]],
}
_TESTS = [{"input": "2\n", "output": "4\n", "testtype": "stdin"}, {"input": "3", "output": "6", "testtype": "stdin"}]
_LIVECODEBENCH = {
    "question_title": "Twice",
    "question_content": "Read n, print 2n.",
    "platform": "atcoder",
    "question_id": "twice",
    "contest_id": "invented",
    "contest_date": "2025-02-03T00:00:00",
    "starter_code": "",
    "difficulty": "easy",
    "public_test_cases": json.dumps(_TESTS[:1]),
    "private_test_cases": base64.b64encode(zlib.compress(pickle.dumps(json.dumps(_TESTS[1:])))).decode(),
    "metadata": "{}",
}
_INFILLING = {
    "task_id": "SingleLineInfilling/HumanEval/0/L0",
    "entry_point": "add",
    "prompt": _ADD,
    "suffix": "    return total\n",
    "canonical_solution": "    total = a + b\n",
    "test": "def check(candidate):\n    assert candidate(1, 2) == 3\n",
}
_RSTAR = {
    "question_id": "seed_1",
    "question": "Read n, print 2n.",
    "starter_code": "",
    "response": "...",
    "verified": True,
}
_APPS = {
    "problem_id": 1,
    "question": "Read n, print 2n.",
    "input_output": json.dumps({"inputs": ["2\n", ["3"]], "outputs": ["4\n", ["6"]]}),
    "difficulty": "interview",
    "starter_code": "",
    "url": "",
}
_CODE_CONTESTS = {
    "name": "1_A. Twice",
    "description": "Read n, print YES and 2n / 3.",
    "public_tests": {"input": ["3\n"], "output": ["yes 2.0\n"]},
    "private_tests": {"input": ["1\n"], "output": ["YES 0.6666667\n"]},
    "generated_tests": {"input": [], "output": []},
    "source": 2,
    "difficulty": 7,
    "time_limit": {"seconds": 2, "nanos": 500_000_000},
    "memory_limit_bytes": 256_000_000,
    "solutions": {"language": [1, 3], "solution": ["?", "n = int(input())\nprint('Yes')\nprint(2 * n / 3)\n"]},
}
_HUMANEVAL_X = {
    "task_id": "Python/0",
    "prompt": f'{_ADD}    """Add."""\n',
    "declaration": _ADD,
    "canonical_solution": "    return a + b\n",
    "test": "def check(add):\n    assert add(1, 2) == 3\n\ncheck(add)\n",
    "example_test": "",
}
_SAFIM = {
    "task_id": "block_1",
    "lang": "python",
    "prompt": "# print twice the number",
    "eval_prompt": "n = int(input())\n{{completion}}\nprint(m)\n",
    "ground_truth": "m = 2 * n",
    "unit_tests": [{"input": "2\n", "output": ["4"]}],
}
_BIGCODEBENCH = {
    "task_id": "BigCodeBench/0",
    "complete_prompt": 'import math\n\ndef task_func(x):\n    """The square root."""\n',
    "instruct_prompt": "Write task_func(x), the square root.",
    "code_prompt": "import math\ndef task_func(x):\n",
    "canonical_solution": "    return math.sqrt(x)\n",
    "test": "import unittest\nclass TestCases(unittest.TestCase):\n    def test_four(self):\n"
    "        self.assertEqual(task_func(4), 2)\n",
    "entry_point": "task_func",
    "libs": "['math']",
}
_EXERCISE = {
    "id": "python/two-sum",
    "language": "python",
    "files": {
        ".docs/instructions.md": "# Instructions\n\nAdd.\n",
        ".meta/config.json": json.dumps(
            {"files": {"solution": ["two_sum.py"], "test": ["two_sum_test.py"], "example": [".meta/example.py"]}}
        ),
        ".meta/example.py": f"{_ADD}    return a + b\n",
        "two_sum.py": f"{_ADD}    pass\n",
        "two_sum_test.py": "import unittest\nfrom two_sum import add\n\n\nclass TwoSumTest(unittest.TestCase):\n"
        "    def test_add(self):\n        self.assertEqual(add(1, 2), 3)\n\n"
        '    @unittest.skip("later")\n    def test_more(self):\n        self.assertEqual(add(2, 2), 4)\n',
    },
}


def _exercise_in(language: str, solution: str, test: str, files: dict[str, str]) -> dict[str, Any]:
    """An exercise in another language; the example solves the one file."""
    stated = {"solution": [solution], "test": [test], "example": [".meta/example"]}
    own = {".docs/instructions.md": "Add.\n", ".meta/config.json": json.dumps({"files": stated})}
    return {"id": f"{language}/two-sum", "language": language, "files": {**own, **files}}


_EXERCISES = [
    _EXERCISE,
    _exercise_in(
        "go",
        "sum.go",
        "sum_test.go",
        {
            "go.mod": "module sum\n\ngo 1.18\n",
            "sum.go": "package sum\n",
            ".meta/example": "package sum\n\nfunc Add(a, b int) int { return a + b }\n",
            "sum_test.go": 'package sum\n\nimport "testing"\n\nfunc TestAdd(t *testing.T) {\n'
            '\tif Add(1, 2) != 3 {\n\t\tt.Fatal("no")\n\t}\n}\n',
        },
    ),
    _exercise_in(
        "rust",
        "src/lib.rs",
        "tests/two-sum.rs",
        {
            "Cargo.toml": '[package]\nname = "two-sum"\nversion = "0.0.0"\nedition = "2021"\n',
            "src/lib.rs": "pub fn add(_: u8, _: u8) -> u8 {\n    todo!()\n}\n",
            ".meta/example": "pub fn add(a: u8, b: u8) -> u8 {\n    a + b\n}\n",
            "tests/two-sum.rs": "use two_sum::*;\n\n#[test]\n#[ignore]\nfn adds() {\n"
            "    assert_eq!(add(1, 2), 3);\n}\n",
        },
    ),
    _exercise_in(
        "cpp",
        "sum.h",
        "sum_test.cpp",
        {
            "sum.h": "#pragma once\n",
            ".meta/example": "#pragma once\ninline int add(int a, int b) { return a + b; }\n",
            "sum_test.cpp": '#include "sum.h"\n#include "test/catch.hpp"\n\nTEST_CASE("adds") {\n'
            "    REQUIRE(add(1, 2) == 3);\n}\n",
        },
    ),
    _exercise_in(
        "java",
        "src/main/java/Sum.java",
        "src/test/java/SumTest.java",
        {
            "src/main/java/Sum.java": "class Sum { static int add(int a, int b) { return 0; } }\n",
            ".meta/Sum.java": "class Sum { static int add(int a, int b) { return a + b; } }\n",
            ".meta/config.json": json.dumps(
                {
                    "files": {
                        "solution": ["src/main/java/Sum.java"],
                        "test": ["src/test/java/SumTest.java"],
                        "example": [".meta/Sum.java"],
                    }
                }
            ),
            "src/test/java/SumTest.java": "import org.junit.jupiter.api.Test;\n"
            "import static org.assertj.core.api.Assertions.assertThat;\n\npublic class SumTest {\n"
            "    @Test\n    public void adds() { assertThat(Sum.add(1, 2)).isEqualTo(3); }\n}\n",
        },
    ),
    _exercise_in(
        "javascript",
        "sum.js",
        "sum.spec.js",
        {
            "sum.js": "export const add = () => { throw new Error('no'); };\n",
            ".meta/example": "export const add = (a, b) => a + b;\n",
            "sum.spec.js": "import { add } from './sum';\n\ndescribe('sum', () => {\n"
            "  xtest('adds', () => {\n    expect(add(1, 2)).toEqual(3);\n  });\n});\n",
        },
    ),
]
_BUG = {
    **{key: _HUMANEVAL_X[key] for key in ("prompt", "declaration", "canonical_solution", "test")},
    "buggy_solution": "    return a - b\n",
    "bug_type": "operator misuse",
    "entry_point": "add",
}
_DS_1000 = {
    "prompt": "Problem:\nSort the list.\nA:\n<code>\ndata = [3, 1]\n</code>\nresult = ... # put solution here\n"
    "BEGIN SOLUTION\n<code>\n",
    "reference_code": "result = sorted(data)\n",
    "metadata": {"problem_id": 7, "library": "Pandas", "perturbation_type": "Origin"},
    "code_context": "def exec_test(result, ans):\n    return 1 if result == ans else 0\n\n"
    'exec_context = r"""\ndata = test_input\n[insert]\n"""\n\n'
    "def test_execution(solution: str):\n    code = exec_context.replace('[insert]', solution)\n"
    "    test_env = {'test_input': [3, 1]}\n    exec(code, test_env)\n"
    "    assert exec_test(test_env['result'], [1, 3])\n\n\ndef test_string(solution: str):\n"
    "    assert 'for' not in solution.split()\n",
}
_MBXP = {
    "task_id": "MBJSP/6",
    "language": "javascript",
    "entry_point": "add",
    "description": "Add.",
    "prompt": "/**\n * Add two numbers.\n */\nfunction add(a, b) {\n",
    "test": 'const _ = require("lodash")\n\nfunction compare(one, two){\n    return _.isEqual(one, two)\n}\n\n'
    "var arg00 = 1;\nvar arg01 = 2;\nvar x0 = add(arg00, arg01);\nvar v0 = 3;\n"
    "if(!compare(x0, v0)){\n    throw 'Error'\n}\n",
    "canonical_solution": "  return a + b;\n}\n",
}

WIRE_ROWS: dict[str, list[dict[str, Any]]] = {
    "apps": [_APPS],
    "bigcodebench": [_BIGCODEBENCH],
    "code-contests": [_CODE_CONTESTS],
    "cruxeval": [{"id": "sample_0", "code": "def f(x):\n    return x + 1", "input": "1", "output": "2"}],
    "ds-1000": [_DS_1000],
    "exercism": _EXERCISES,
    "humaneval-infilling": [_INFILLING],
    "humaneval-x": [_HUMANEVAL_X],
    "humanevalpack": [{**_BUG, "task_id": f"Python/{number}"} for number in range(164)],
    "humanevalplus": [_HUMANEVAL_PLUS],
    "mbppplus": [_MBPP_PLUS],
    "mbxp": [_MBXP],
    "rstar-coder": [_RSTAR, {**_RSTAR, "question": "Read n,\n print  2n."}],
    "safim": [_SAFIM],
}
"""Rows of the sets that are JSON lines, by the name of the source."""


IN_REPOSITORIES: dict[str, Callable[[Path], Path]] = {"commit0": commit0_folder, "swe-bench": swe_bench_folder}
"""Makers of a folder with rows and the git repository that they are about."""


def written_rows(name: str, folder: Path) -> Path:
    """Write the rows of a set into a folder, and return what its source is read from."""
    if name == "livecodebench":
        for number in range(1, 7):
            _write(folder / f"test{number if number > 1 else ''}.jsonl", [_LIVECODEBENCH])
        return folder
    if name in IN_REPOSITORIES:
        return IN_REPOSITORIES[name](folder)
    return _write(folder / "rows.jsonl", WIRE_ROWS[name])


def _write(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path
