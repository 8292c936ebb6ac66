"""Public sets in their wire formats: what is asked, what passes, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from passgap.errors import StudyError
from passgap.execution import SandboxExecutor
from passgap.records import Outcome, Problem, ReferenceTests, StdioTests
from passgap.tasks import execution_job, find_contamination, kind_of, load_tasks
from passgap.tasks.answers.extraction import Extraction, ExtractionRule
from wire_rows import WIRE_ROWS, written_rows


def run(pairs: list[tuple[Problem, str]]) -> list[Outcome]:
    with SandboxExecutor(1) as executor:
        jobs = [
            execution_job(str(at), problem, Extraction(program, ExtractionRule.WHOLE))
            for at, (problem, program) in enumerate(pairs)
        ]
        return [result.outcome for result in executor.run(jobs, ordered=True)]


def changed(name: str, folder: Path, **fields: Any) -> Path:
    """The rows of a set with some fields of the first replaced."""
    rows = [{**WIRE_ROWS[name][0], **fields}, *WIRE_ROWS[name][1:]]
    path = folder / f"{name}.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_evalplus_expects_what_the_reference_returns(tmp_path: Path) -> None:
    plus = load_tasks("humanevalplus", path=written_rows("humanevalplus", tmp_path)).problems[0]
    base = load_tasks("humanevalplus", split="base", path=written_rows("humanevalplus", tmp_path)).problems[0]
    shared = load_tasks("mbppplus", path=written_rows("mbppplus", tmp_path)).problems[0]
    assert isinstance(plus.tests, ReferenceTests) and plus.tests.calls == ("(1, 2)", "(0.1, 0.2)", "([1], [2])")
    assert isinstance(shared.tests, ReferenceTests) and shared.tests.calls[0] == "((1, 2), (2,))"
    summed = "def add(a, b):\n    return a + b if isinstance(a, list) else sum([a, b])"
    near, wrong = f"{summed} + 1e-9\n", "def add(a, b):\n    return 3\n"
    with_object = "class A:\n    __eq__ = lambda *_: True\ndef add(a, b):\n    return A()\n"
    found = run(
        [
            (plus, plus.reference or ""),
            (plus, near),
            (plus, wrong),
            (base, wrong),
            (plus, with_object),
            (shared, "def shared(a, b):\n    return [x for x in a if x in b]\n"),
        ]
    )
    assert [outcome.cases for outcome in found] == ["PPP", "FPP", "PFF", "P", "FFF", "PP"]


def test_a_reference_that_gives_no_values_leaves_samples_unscored(tmp_path: Path) -> None:
    path = changed("humanevalplus", tmp_path, canonical_solution="    raise ValueError('no')\n")
    problem = load_tasks("humanevalplus", path=path).problems[0]
    for outcome in run([(problem, "def add(a, b):\n    return 3\n")] * 2):
        assert outcome.passed is None and "the reference gives no values: ValueError: no" in outcome.reason


def test_seeds_are_taken_once_and_have_no_tests(tmp_path: Path) -> None:
    near = {**WIRE_ROWS["rstar-coder"][0], "question_id": "seed_2"}
    words = " ".join(f"word{number}" for number in range(60))
    rows = [
        *WIRE_ROWS["rstar-coder"],
        {**near, "question": f"{words} end"},
        {**near, "question_id": "seed_3", "question": f"{words} other"},
        {**near, "question_id": "seed_4", "starter_code": "class Solution:\n    def f(self, x):\n        "},
    ]
    path = tmp_path / "seeds" / "part-0.parquet"
    path.parent.mkdir()
    pq.write_table(pa.Table.from_pylist(rows), path)
    exact = load_tasks("rstar-coder", path=path.parent).problems
    assert [each.id for each in exact] == [f"rstar-coder/seed_{number}" for number in (1, 2, 3, 4)]
    assert [kind_of(each).name for each in exact] == ["stdio", "stdio", "stdio", "function"]
    assert exact[3].entry_point == "f" and not any(each.tested for each in exact)
    assert [each.id for each in load_tasks("rstar-coder", split="near", path=path).problems] == [
        "rstar-coder/seed_1",
        "rstar-coder/seed_2",
        "rstar-coder/seed_4",
    ]


def test_limits_and_rules_of_contest_sets(tmp_path: Path) -> None:
    problem = load_tasks("code-contests", path=written_rows("code-contests", tmp_path)).problems[0]
    assert isinstance(problem.tests, StdioTests) and len(problem.tests.cases) == 2
    assert problem.limits is not None and (problem.limits.seconds, problem.limits.memory_bytes) == (2.5, 256_000_000)
    in_java = load_tasks("code-contests", split="java", path=written_rows("code-contests", tmp_path)).problems[0]
    assert (in_java.language, in_java.reference) == ("java", None)
    called = {"inputs": [[1, 2]], "outputs": [[3]], "fn_name": "add"}
    calls = load_tasks("apps", path=changed("apps", tmp_path, input_output=json.dumps(called))).problems[0]
    right, wrong = "class Solution:\n    def add(self, a, b):\n        return a + b\n", "def add(a, b):\n    return a\n"
    assert [outcome.passed for outcome in run([(calls, right), (calls, wrong)])] == [True, False]


@pytest.mark.parametrize(
    ("name", "fields", "said"),
    [
        ("apps", {"input_output": '{"inputs": [], "outputs": []}'}, "at least one"),
        ("code-contests", {"public_tests": None, "private_tests": None}, "at least one case"),
        ("safim", {"eval_prompt": "no hole"}, "{{completion}}"),
        ("safim", {"unit_tests": [{"input": "", "output": ["1", "2"]}]}, "has 2 outputs"),
        ("bigcodebench", {"test": "assert True"}, "TestCases"),
        ("rstar-coder", {"question": " "}, "`question` should be text"),
        ("exercism", {"files": {".meta/config.json": '{"files": {"solution": ["a.py"]}}'}}, "not there: a.py"),
        ("humaneval-x", {"test": "none", "declaration": "none"}, "names no function"),
        ("humanevalplus", {"base_input": None}, "line 1"),
        ("cruxeval", {"input": 1, "output": None, "code": None}, "line 1"),
        ("humaneval-infilling", {"suffix": None, "canonical_solution": None}, "line 1"),
    ],
)
def test_a_damaged_row_is_named(name: str, fields: dict[str, Any], said: str, tmp_path: Path) -> None:
    with pytest.raises(StudyError) as caught:
        load_tasks(name, path=changed(name, tmp_path, **fields))
    assert said in " ".join(caught.value.problems)
    assert caught.value.problems[0].startswith("line 1")


def test_an_exercise_in_a_folder_is_the_same_as_in_a_line(tmp_path: Path) -> None:
    row = WIRE_ROWS["exercism"][0]
    for path, text in row["files"].items():
        file = tmp_path / "python" / "exercises" / "practice" / "two-sum" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    folder = load_tasks("exercism", path=tmp_path).problems
    assert folder == load_tasks("exercism", path=written_rows("exercism", tmp_path)).problems
    (problem,) = folder
    assert "unittest.skip" not in json.dumps(problem.tests.model_dump()), "tests that the track skips are run"
    with pytest.raises(StudyError, match="no exercises in python"):
        load_tasks("exercism", path=tmp_path / "python" / "exercises" / "practice" / "two-sum" / ".docs")


def test_a_fix_shows_its_tests_only_where_it_says_so(tmp_path: Path) -> None:
    path = written_rows("humanevalpack", tmp_path)
    shown = {
        split: load_tasks("humanevalpack", split=split, path=path).problems[0] for split in ("fixdocs", "fixtests")
    }
    assert [kind_of(each).shows_tests(each) for each in shown.values()] == [False, True]
    assert '"""Add."""' in str(shown["fixdocs"].body) and '"""Add."""' not in str(shown["fixtests"].body)


def test_the_words_around_statements_make_no_two_problems_alike(tmp_path: Path) -> None:
    rows = [
        {"question_id": f"{at}", "question": text, "starter_code": starter}
        for at, (text, starter) in enumerate(
            [
                ("Count apples.", ""),
                ("Sum the digits of a number.", ""),
                ("Sort it.", "class Solution:\n    def sortIt(self, nums: List[int]) -> List[int]:\n        "),
                ("Find it.", "class Solution:\n    def findIt(self, nums: List[int]) -> List[int]:\n        "),
            ]
        )
    ]
    path = tmp_path / "seeds.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    first, second, third, fourth = load_tasks("rstar-coder", path=path).problems
    assert find_contamination([first, third], [second, fourth]).items == ()
