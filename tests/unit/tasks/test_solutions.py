"""Samples of other harnesses are read as they are, or refused as a whole."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from passgap.errors import StudyError
from passgap.records import Problem
from passgap.tasks import load_tasks, program_of_solution, read_solutions


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
    assert program_of_solution(first, problems["HumanEval/0"]).endswith('"""\n    return []\n')
    assert program_of_solution(second, problems["HumanEval/1"]) == "def f(): ...\n"


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
