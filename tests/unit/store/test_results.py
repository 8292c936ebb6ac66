"""Results are read as they were written, and bad lines are named."""

from __future__ import annotations

from pathlib import Path

import pytest

from passgap.errors import StoreError
from passgap.records import OutcomeKind, Result
from passgap.store import read_results, write_results


def test_results_survive_the_way_to_disk_and_back(tmp_path: Path) -> None:
    results = [
        Result(task_id="a", sample=0, passed=True, outcome=OutcomeKind.PASSED, difficulty="easy", cases="PP"),
        Result(task_id="a", sample=1, passed=None, outcome=OutcomeKind.UNSCORED, reason="the jail died"),
    ]
    write_results(tmp_path / "r.jsonl", results)
    assert read_results(tmp_path / "r.jsonl") == results


def test_bad_result_lines_are_named_and_the_rest_counted(tmp_path: Path) -> None:
    (tmp_path / "r.jsonl").write_text("{}\n" * 25)
    with pytest.raises(StoreError) as caught:
        read_results(tmp_path / "r.jsonl")
    assert caught.value.problems[0].startswith("line 1:")
    assert caught.value.problems[-1] == "and 5 more lines"
