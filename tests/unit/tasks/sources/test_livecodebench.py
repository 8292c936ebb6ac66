"""LiveCodeBench's wire format, its windows and releases, and both scorings of its problems."""

from __future__ import annotations

import base64
import json
import os
import pickle
import zlib
from pathlib import Path
from typing import Any

import pytest

from passgap.errors import StudyError
from passgap.execution import SandboxExecutor
from passgap.kept_cases import kept_cases
from passgap.models.cache import CACHE_VARIABLE
from passgap.records import ExecutionJob, Outcome, PairTests, Problem, Prompt, StdioTests
from passgap.tasks import execution_job, extract, load_tasks, refuse_unknown

ROOT = Path(__file__).parents[4]
LIKE = Path(os.environ.get("PASSGAP_LCB_LIKE", ROOT.parent / "shared" / "data" / "lcb_like"))
needs_data = pytest.mark.skipif(not LIKE.exists(), reason="the folder lcb_like is not here; set PASSGAP_LCB_LIKE")
MEAN = "class Solution:\n    def mean(self, nums: List[int]) -> float:\n        "


def packed(held: object) -> str:
    return base64.b64encode(zlib.compress(pickle.dumps(held))).decode()


def row(number: int, tests: list[tuple[str, str]], **fields: Any) -> dict[str, Any]:
    """A row whose first test is public."""
    kind = "functional" if "func" in fields else "stdin"
    written = [{"input": given, "output": wanted, "testtype": kind} for given, wanted in tests]
    return {
        "question_title": "T",
        "question_content": "Do it.",
        "platform": "atcoder",
        "question_id": f"q{number}",
        "contest_id": "c",
        "contest_date": "2025-02-03T00:00:00",
        "starter_code": MEAN if kind == "functional" else "",
        "difficulty": "easy",
        "public_test_cases": json.dumps(written[:1]),
        "private_test_cases": packed(json.dumps(written[1:])),
        "metadata": json.dumps({"func_name": fields.pop("func")} if "func" in fields else {}),
        **fields,
    }


DOUBLE = row(1, [("2\n", "4\n"), ("3\n", "6.00\n")])
AVERAGE = row(2, [("[1, 2]", "1.5"), ("[3]", "3.0"), ("[4]", "4")], func="mean")


def written(folder: Path, rows: list[dict[str, Any]], name: str = "test6.jsonl") -> Path:
    path = folder / name
    path.write_text("".join(json.dumps(each) + "\n" for each in rows))
    return path


def run(pairs: list[tuple[Problem, str]]) -> list[Outcome]:
    with SandboxExecutor(1) as executor:
        jobs = [
            ExecutionJob(key=str(at), program=program, tests=problem.tests, entry_point=problem.entry_point)
            for at, (problem, program) in enumerate(pairs)
        ]
        return [result.outcome for result in executor.run(jobs, ordered=True)]


def test_a_row_becomes_a_problem(tmp_path: Path) -> None:
    path = written(tmp_path, [DOUBLE, AVERAGE])
    double, average = load_tasks("livecodebench", path=path).problems
    assert (double.id, double.difficulty, str(double.date)) == ("livecodebench/q1", "easy", "2025-02-03")
    assert isinstance(double.tests, StdioTests) and [case.stdout for case in double.tests.cases] == ["4\n", "6.00\n"]
    assert isinstance(average.tests, PairTests) and average.entry_point == "mean"
    assert [case.args for case in average.tests.cases] == [([1, 2],), ([3],), ([4],)]
    assert "class Solution" in average.prompt and double.prompt.endswith("Read standard input, and print the answer.")
    assert double.limits is not None and double.limits.seconds == 6
    assert average.limits is not None and average.limits.seconds == 7 * 3 + 5
    private = load_tasks("livecodebench", path=path, scoring="ml-ssd").problems[0].tests
    assert isinstance(private, StdioTests) and len(private.cases) == 1


def test_large_private_tests_are_kept_on_disk_and_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "cache"))
    long = "1 " * 40_000
    path = written(tmp_path, [row(1, [("2\n", "4\n"), (long, "40000\n")])])
    problem = load_tasks("livecodebench", path=path).problems[0]
    tests = problem.tests
    assert isinstance(tests, StdioTests) and tests.kept is not None
    assert (len(tests.cases), tests.count) == (1, 2) and len(problem.model_dump_json()) < 4000
    assert kept_cases(tests.kept)[0]["stdin"] == long
    assert load_tasks("livecodebench", path=path).problems[0].digest == problem.digest
    right = "n = input().split()\nprint(2 * int(n[0]) if len(n) == 1 else len(n))\n"
    assert [each.cases for each in run([(problem, right), (problem, "print(4)")])] == ["PP", "PF"]
    (file,) = (tmp_path / "cache" / "tests").iterdir()
    file.unlink()
    gone = run([(problem, right)])[0]
    assert gone.passed is None and "load the task set again" in gone.reason


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"private_test_cases": packed(["x"])}, "holds a list"),
        ({"private_test_cases": packed(os.getcwd)}, "`posix.getcwd`, which is refused"),
        ({"private_test_cases": "AAAA"}, "not base64 of a zlib stream"),
        ({"private_test_cases": packed("{}")}, "should be a list"),
        ({"metadata": "{}"}, "names no function"),
        ({"contest_date": "soon"}, "soon"),
        ({"public_test_cases": '[{"input": "1", "output": "1", "testtype": "stdin"}]'}, "functional, stdin"),
        ({"public_test_cases": '[{"input": "x", "output": "1", "testtype": "functional"}]'}, "cannot be read"),
    ],
)
def test_damaged_rows_are_all_named_by_their_lines(change: dict[str, Any], said: str, tmp_path: Path) -> None:
    with pytest.raises(StudyError) as caught:
        load_tasks("livecodebench", path=written(tmp_path, [DOUBLE, {**AVERAGE, **change}, {"question_id": 1}]))
    assert said in caught.value.problems[0] and caught.value.problems[0].startswith("line 2")
    assert caught.value.problems[1].startswith("line 3")


class Hostile:
    """A pickle that would write a file where it is loaded as any other."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.path),)


def test_nothing_of_a_hostile_pickle_is_run(tmp_path: Path) -> None:
    touched = tmp_path / "touched"
    damaged = {**DOUBLE, "private_test_cases": packed(Hostile(touched))}
    with pytest.raises(StudyError, match="nothing of it is used") as caught:
        load_tasks("livecodebench", path=written(tmp_path, [damaged]))
    assert "mkdir`, which is refused" in caught.value.problems[0]
    assert not touched.exists()


def test_windows_and_too_few_problems(tmp_path: Path) -> None:
    later = {**row(3, [("1\n", "2\n"), ("1\n", "2\n")]), "contest_date": "2025-04-30T10:00:00"}
    outside = {**AVERAGE, "contest_date": "2024-12-31", "private_test_cases": "not decoded"}
    path = written(tmp_path, [DOUBLE, outside, later])
    chosen = load_tasks("livecodebench", path=path, window="2025-02..2025-04")
    assert [each.id for each in chosen.problems] == ["livecodebench/q1", "livecodebench/q3"]
    with pytest.raises(StudyError, match="holds 2 problems, fewer than") as caught:
        load_tasks("livecodebench", path=path, window="2025-02..2025-04", at_least=131)
    assert "2025-02: 1, 2025-04: 1" in caught.value.problems[0]
    with pytest.raises(StudyError, match="no problem of 2025-05-01") as caught:
        load_tasks("livecodebench", path=path, window="2025-05..2025-06")
    assert "2024-12-31 to 2025-04-30" in caught.value.problems[0]
    for window in ("2025", "2025-13..2026-01", "2025-05..2025-04"):
        with pytest.raises(StudyError, match="no window of dates"):
            refuse_unknown("livecodebench", path=path, window=window)


def test_releases_are_files_of_a_folder(tmp_path: Path) -> None:
    corrected = {**DOUBLE, "difficulty": "hard"}
    written(tmp_path, [DOUBLE], "test.jsonl")
    written(tmp_path, [corrected, AVERAGE], "test2.jsonl")
    whole = load_tasks("livecodebench", path=tmp_path)
    assert [each.difficulty for each in whole.problems] == ["hard", "easy"]
    assert whole.problems == load_tasks("livecodebench", split="release_v2", path=tmp_path).problems
    assert len(load_tasks("livecodebench", split="release_v1", path=tmp_path).problems) == 1
    with pytest.raises(StudyError, match="incomplete") as caught:
        load_tasks("livecodebench", split="release_v4", path=tmp_path)
    assert "test3.jsonl, test4.jsonl" in caught.value.problems[0]
    with pytest.raises(StudyError, match="is several files"):
        load_tasks("livecodebench", split="release_v4", path=tmp_path / "test.jsonl")
    with pytest.raises(StudyError, match="has no scoring"):
        refuse_unknown("livecodebench", path=tmp_path, scoring="mine")


PRINTS = "n = int(input())\n"
PROBES = [
    ("more digits", DOUBLE, f"{PRINTS}print(f'{{2 * n}}.000000')", True, True),
    ("exit after print", DOUBLE, f"{PRINTS}print(2 * n)\nexit()", True, False),
    ("sys.exit after print", DOUBLE, f"import sys\n{PRINTS}print(2 * n)\nsys.exit(0)", True, True),
    ("another line", DOUBLE, f"{PRINTS}print(2 * n)\nprint()\nprint(1)", False, False),
    ("an error of 1e-9", DOUBLE, f"{PRINTS}print(2 * n + 1e-9)", False, False),
    ("lines of stdin", DOUBLE, "for line in open(0):\n    print(2 * int(line))", True, True),
    ("names of the prelude", DOUBLE, f"{PRINTS}print(reduce(add, [n, n]))", True, False),
    ("its own method", AVERAGE, f"{MEAN}return sum(nums) / len(nums)", True, True),
    ("a text for a number", AVERAGE, f"{MEAN}return str(sum(nums) / len(nums))", False, True),
    ("an int for a float", AVERAGE, f"{MEAN}return nums[0] if len(nums) == 1 else 1.5", True, True),
    ("a function", AVERAGE, "def mean(nums):\n    return sum(nums) / len(nums)", True, True),
    ("an object that claims to be equal", AVERAGE, f"{MEAN}return type('E', (), dict(__eq__=lambda *_: True))()", 0, 0),
]


def test_programs_under_both_scorings(tmp_path: Path) -> None:
    path = written(tmp_path, [DOUBLE, AVERAGE])
    wanted = {name: (bool(first), bool(second)) for name, _, _, first, second in PROBES}
    found: dict[str, list[bool | None]] = {name: [] for name in wanted}
    for scoring in ("livecodebench", "ml-ssd"):
        problems = dict(zip("12", load_tasks("livecodebench", path=path, scoring=scoring).problems, strict=True))
        outcomes = run([(problems[each[1]["question_id"][1]], each[2]) for each in PROBES])
        for (name, *_), outcome in zip(PROBES, outcomes, strict=True):
            found[name].append(outcome.passed)
    assert {name: tuple(passed) for name, passed in found.items()} == wanted


def test_answers_are_read_as_each_scoring_reads_them(tmp_path: Path) -> None:
    path = written(tmp_path, [DOUBLE])
    answer = "```python\nprint(1)\n```\nand\n```py3\nprint(2)\n```\n"
    prompt = Prompt(user="?")
    first, second = (
        load_tasks("livecodebench", path=path, scoring=scoring).problems[0] for scoring in ("livecodebench", "ml-ssd")
    )
    assert extract(answer, first, prompt).program == "print(2)"
    assert extract(answer, second, prompt).program.strip() == "print(1)", "`py3` is no label of letters alone"
    assert (
        extract("```python\nprint(1)", first, prompt).program == extract("```python\nx", second, prompt).program == ""
    )
    begun = Prompt(user="?", prefix="```python\n", stop=("\n```",))
    assert extract("print(3)", first, begun, cut=False).program.strip() == "print(3)"
    assert extract("print(3)", second, begun, cut=True).program == ""


@needs_data
@pytest.mark.parametrize(("scoring", "failed"), [("livecodebench", []), ("ml-ssd", ["livecodebench/pg_label"])])
def test_references_of_invented_contest_problems(scoring: str, failed: list[str]) -> None:
    tasks = load_tasks(
        "livecodebench", path=LIKE / "lcb_like.jsonl", scoring=scoring, window="2025-02..2025-05", at_least=10
    )
    lines = (LIKE / "answers.jsonl").read_text().splitlines()
    programs = {answer["question_id"]: answer["program"] for answer in map(json.loads, lines)}
    pairs = [(problem, programs[problem.id.partition("/")[2]]) for problem in tasks.problems]
    answers = [(problem, f"```python\n{program}```") for problem, program in pairs]
    assert all(
        extract(text, problem, Prompt(user="?")).program.strip() == program.strip()
        for (problem, text), (_, program) in zip(answers, pairs, strict=True)
    )
    outcomes = run(pairs)
    assert [problem.id for (problem, _), outcome in zip(pairs, outcomes, strict=True) if not outcome.passed] == failed


def test_a_problem_states_its_own_limits(tmp_path: Path) -> None:
    problem = load_tasks("livecodebench", path=written(tmp_path, [DOUBLE])).problems[0]
    prompt = Prompt(user="?")
    assert execution_job("k", problem, extract("```python\nprint(1)\n```", problem, prompt)).limits.seconds == 6
