"""Every public set as passgap's JSON lines, and back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from command_line import invoke
from passgap.converting import write_tasks
from passgap.errors import StudyError
from passgap.models.cache import CACHE_VARIABLE
from passgap.records import StdioCase, StdioTests
from passgap.tasks import SOURCES, load_tasks, task_set
from wire_rows import WIRE_ROWS, written_rows


@pytest.mark.parametrize("name", [*WIRE_ROWS, "livecodebench"])
def test_a_set_is_the_same_when_it_was_written_and_read_back(name: str, tmp_path: Path) -> None:
    rows = written_rows(name, tmp_path)
    for split in SOURCES[name].splits or (None,):
        tasks = load_tasks(name, split=split, path=rows)
        again = load_tasks(write_tasks(tasks, tmp_path / "converted.jsonl"))
        assert again.digest == tasks.digest
        assert again.problems == tasks.problems


def test_tests_that_are_kept_on_disk_are_written_in_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "cache"))
    rows = written_rows("livecodebench", tmp_path)
    row = json.loads((rows / "test.jsonl").read_text())
    long = {"input": "1 " * 40_000, "output": "2", "testtype": "stdin"}
    (rows / "test.jsonl").write_text(json.dumps({**row, "private_test_cases": json.dumps([long])}) + "\n")
    tasks = load_tasks("livecodebench", path=rows / "test.jsonl")
    written = write_tasks(tasks, tmp_path / "converted.jsonl")
    (file,) = (tmp_path / "cache" / "tests").iterdir()
    file.unlink()
    tests = load_tasks(written).problems[0].tests
    assert isinstance(tests, StdioTests) and tests.kept is None
    assert tests.cases[1] == StdioCase(stdin=long["input"], stdout="2")
    with pytest.raises(StudyError, match="any more"):
        write_tasks(tasks, tmp_path / "again.jsonl")
    assert write_tasks(tasks, tmp_path / "digests.jsonl", whole=False).stat().st_size < 5000


def test_the_command_says_what_it_wrote(tmp_path: Path) -> None:
    rows = written_rows("cruxeval", tmp_path)
    out = tmp_path / "crux.jsonl"
    shown = invoke("tasks", "convert", "cruxeval", "--path", str(rows), "--split", "input", "--out", str(out), "--json")
    assert json.loads(shown.stdout) == {"name": "cruxeval/input", "problems": 1, "out": str(out)}
    assert load_tasks(out).problems[0].id == "cruxeval/input/sample_0"


def test_a_file_by_another_name_is_refused(tmp_path: Path) -> None:
    problems = load_tasks("starter", limit=1).problems
    with pytest.raises(StudyError, match="should end in"):
        write_tasks(task_set("one", problems), tmp_path / "one.json")
