"""Results of MultiPL-E, in the form in which its evaluation writes them for each problem."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from passgap.errors import StoreError
from passgap.logs import read_log
from passgap.records import OutcomeKind


def problem(name: str, *statuses: str, language: str = "js") -> dict[str, Any]:
    results = [
        {"program": f"x = {number}; // {status}\n", "stdout": "", "stderr": "", "exit_code": 0, "status": status}
        for number, status in enumerate(statuses)
    ]
    return {"name": name, "language": language, "prompt": "", "tests": "", "doctests": "transform", "results": results}


def written(folder: Path, *rows: dict[str, Any]) -> Path:
    path = folder / "all.results.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_each_completion_is_a_sample_and_its_status_decides(tmp_path: Path) -> None:
    rows = (problem("a", "OK", "Exception", "Timeout"), problem("b", "SyntaxError", "OK", "OK"))
    log = read_log(written(tmp_path, *rows))
    assert log.format == "MultiPL-E" and log.counts.n == 2
    assert [(each.task_id, each.outcome) for each in log.results[:3]] == [
        ("js/a", OutcomeKind.PASSED),
        ("js/a", OutcomeKind.FAILED),
        ("js/a", OutcomeKind.TIMEOUT),
    ]
    assert len(set(log.programs.values())) == 3, "comments and layout are no difference"
    assert any("own rule" in note for note in log.notes)


def test_a_problem_alone_and_the_same_problem_in_two_languages(tmp_path: Path) -> None:
    alone = tmp_path / "a.results.json"
    alone.write_text(json.dumps(problem("a", "OK", "OK"), indent=2))
    assert read_log(alone).counts.n == 1
    both = written(tmp_path, problem("a", "OK"), problem("a", "Exception", language="go_test.go"))
    assert {each.task_id for each in read_log(both).results} == {"js/a", "go_test.go/a"}


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([problem("a", "Exception", "OK"), problem("b", "OK")], "stopped there"),
        ([{"name": "a", "language": "js", "completions": ["x"]}], "evaluate them first"),
        ([problem("a", "OK"), {"name": "b", "language": "js", "results": [{}]}], "js/b: needs a list"),
    ],
)
def test_what_has_no_pass_rates_is_refused(tmp_path: Path, rows: list[dict[str, Any]], said: str) -> None:
    with pytest.raises(StoreError) as refused:
        read_log(written(tmp_path, *rows))
    assert said in str(refused.value.problems)
