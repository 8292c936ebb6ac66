"""Samples of other harnesses are read as they are, or refused as a whole."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from passgap.errors import StudyError
from passgap.records import AssertTests, Problem
from passgap.tasks import load_tasks, read_solutions, submitted_by


@pytest.fixture(scope="module")
def problems() -> dict[str, Problem]:
    return {problem.id: problem for problem in load_tasks("humaneval").problems}


ROWS = [
    {"task_id": "HumanEval/0", "completion": "    return []\n"},
    {"task_id": "HumanEval/1", "solution": "def f(): ...\n", "_identifier": "HumanEval/1 (line 2 in x)"},
    {"task_id": "HumanEval/0", "completion": "    return [1]\n"},
]


@pytest.mark.parametrize("compressed", [False, True])
def test_lines_of_both_harnesses(tmp_path: Path, problems: dict[str, Problem], compressed: bool) -> None:
    text = "".join(json.dumps(row) + "\n" for row in ROWS).encode()
    path = tmp_path / "samples.jsonl"
    path.write_bytes(gzip.compress(text) if compressed else text)
    first, second, third = read_solutions(path, problems)
    assert (first.task_id, first.index, third.index) == ("HumanEval/0", 0, 1)
    assert submitted_by(first, problems["HumanEval/0"]).program.endswith('"""\n    return []\n')
    assert submitted_by(second, problems["HumanEval/1"]).program == "def f(): ...\n"


def test_a_folder_of_programs(tmp_path: Path, problems: dict[str, Problem]) -> None:
    for task, number in (("HumanEval_10", 0), ("HumanEval_2", 10), ("HumanEval_2", 9)):
        (tmp_path / task).mkdir(exist_ok=True)
        (tmp_path / task / f"{number}.py").write_text(f"x = {number}\n")
    found = [(each.task_id, each.index, each.text) for each in read_solutions(tmp_path, problems)]
    assert found == [
        ("HumanEval/10", 0, "x = 0\n"),
        ("HumanEval/2", 0, "x = 9\n"),
        ("HumanEval/2", 1, "x = 10\n"),
    ]


def test_every_bad_line_is_named(tmp_path: Path, problems: dict[str, Problem]) -> None:
    path = tmp_path / "samples.jsonl"
    path.write_text('{"task_id": "HumanEval/0", "completion": null}\n{"completion": "x"}\n{"task_id": "HumanEval/0"}\n')
    with pytest.raises(StudyError) as info:
        read_solutions(path, problems)
    assert [problem.partition(":")[0] for problem in info.value.problems] == ["line 1", "line 2", "line 3"]


def test_problems_that_the_set_does_not_hold_are_named(tmp_path: Path, problems: dict[str, Problem]) -> None:
    path = tmp_path / "samples.jsonl"
    path.write_text('{"task_id": "Mbpp/2", "solution": ""}\n')
    with pytest.raises(StudyError, match="does not hold"):
        read_solutions(path, problems)


def one_problem(name: str) -> Problem:
    return Problem(id=name, prompt="p", entry_point="f", tests=AssertTests(statements=("assert f()",)), source="x")


@pytest.mark.parametrize("name", ["mbpp/11", "Mbpp/11", "MBPP/11", "11"])
def test_problems_are_found_under_the_names_of_other_harnesses(name: str, tmp_path: Path) -> None:
    problems = {each: one_problem(each) for each in ("mbpp/1", "mbpp/11", "mbpp/111")}
    (tmp_path / "samples.jsonl").write_text(json.dumps({"task_id": name, "solution": "x = 1"}) + "\n")
    assert [each.task_id for each in read_solutions(tmp_path / "samples.jsonl", problems)] == ["mbpp/11"]


def test_a_name_that_could_mean_two_problems_means_none(tmp_path: Path) -> None:
    problems = {each: one_problem(each) for each in ("one/7", "two/7", "Aa", "aA")}
    path = tmp_path / "samples.jsonl"
    for name in ("7", "AA"):
        path.write_text(json.dumps({"task_id": name, "solution": "x"}) + "\n")
        with pytest.raises(StudyError, match="does not hold"):
            read_solutions(path, problems)
    path.write_text("".join(json.dumps({"task_id": each, "solution": "x"}) + "\n" for each in problems if "/" in each))
    assert [each.task_id for each in read_solutions(path, problems)] == ["one/7", "two/7"]


def test_stray_files_of_a_folder_are_named(tmp_path: Path, problems: dict[str, Problem]) -> None:
    (tmp_path / "HumanEval_0").mkdir()
    for name in ("0.py", "draft.py", "2.py.bak", "notes.txt"):
        (tmp_path / "HumanEval_0" / name).write_text("x = 1\n")
    (tmp_path / "HumanEval_0" / "1.py").write_bytes(b"x = '\xff'\n")
    (tmp_path / "eval_results.json").write_text("{}")
    with pytest.raises(StudyError) as caught:
        read_solutions(tmp_path, problems)
    assert [each.split(":")[0] for each in caught.value.problems[:2]] == ["HumanEval_0/draft.py", "HumanEval_0/1.py"]
    (tmp_path / "HumanEval_0" / "draft.py").unlink()
    (tmp_path / "HumanEval_0" / "1.py").unlink()
    assert [each.index for each in read_solutions(str(tmp_path), problems)] == [0]


def test_samples_that_were_appended_to_themselves_are_refused(tmp_path: Path, problems: dict[str, Problem]) -> None:
    lines = [json.dumps({"task_id": f"HumanEval/{n}", "solution": f"x = {n}"}) + "\n" for n in range(12)]
    path = tmp_path / "samples.jsonl"
    path.write_text("".join(lines * 2))
    with pytest.raises(StudyError, match="appended to itself"):
        read_solutions(path, problems)
    path.write_text("".join([*lines, *lines[:-1]]))  # the same program once more for some problems is no such thing
    assert len(read_solutions(path, problems)) == 23
