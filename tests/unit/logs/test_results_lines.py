"""Lines of results are read strictly, and everything that is wrong with them is said at once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from passgap.errors import StoreError
from passgap.logs import read_log


def faults(tmp_path: Path, *rows: Any) -> list[str]:
    path = tmp_path / "results.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    with pytest.raises(StoreError) as found:
        read_log(path, samples=False)
    return list(found.value.problems)


@pytest.mark.parametrize("passed", [1, 0, 1.0, "true", "false", "passed", [True], {}])
def test_only_true_false_and_null_say_whether_a_sample_passed(tmp_path: Path, passed: Any) -> None:
    rows = [{"task_id": "a", "passed": True}, {"task_id": "b", "passed": passed}]
    assert faults(tmp_path, *rows) == [f"line 2: passed must be true, false or null, not {passed!r}"]


@pytest.mark.parametrize("passed", [1, "true"])
def test_neither_does_the_fast_reader_of_own_results_take_other_values(tmp_path: Path, passed: Any) -> None:
    rows = [{"task_id": "a", "sample": number, "passed": passed, "outcome": "passed"} for number in range(3)]
    assert [fault.partition(":")[0] for fault in faults(tmp_path, *rows)] == ["line 1", "line 2", "line 3"]


def test_every_fault_of_every_line_is_said(tmp_path: Path) -> None:
    found = faults(
        tmp_path,
        {"task_id": "a", "passed": True, "sample": 0},
        {"passed": 1, "sample": -1, "seconds": "long"},
        {"task_id": "b", "sample": True},
        {"task_id": "c", "passed": True},
        {"task_id": "d", "passed": True, "sample": 0, "outcome": "failed"},
    )
    assert found[0] == "line 4 has no sample number, line 1 has one: number all or none"
    assert found[1] == (
        "line 2: has no task_id; passed must be true, false or null, not 1; "
        "sample must be a whole number of 0 or more, not -1; seconds must be a number of 0 or more, not 'long'"
    )
    assert found[2].startswith("line 3: has no passed")
    assert "sample must be" in found[2]
    assert found[3] == "line 5: passed is True and outcome is 'failed'"


def test_epochs_of_inspect_are_counted_from_1(tmp_path: Path) -> None:
    scores = {"s": {"value": 1}}
    samples = [{"id": f"of {epoch}", "epoch": epoch, "scores": scores} for epoch in (0, True, 1)]
    path = tmp_path / "log.json"
    path.write_text(json.dumps({"version": 2, "status": "success", "eval": {"task": "t"}, "samples": samples}))
    with pytest.raises(StoreError) as found:
        read_log(path)
    assert ["epoch 0" in found.value.problems[0], "epoch True" in found.value.problems[1]] == [True, True]
    assert len(found.value.problems) == 2
