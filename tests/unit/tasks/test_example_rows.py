"""Rows of the customary formats are read alike, and what is none says why."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from passgap.errors import StudyError
from passgap.records import AssertTests, Problem, Turn
from passgap.tasks import load_examples, reference_examples
from passgap.tasks.example_rows import read_row

ASKED, ANSWERED = "What is 2 + 2?", "4"


@pytest.mark.parametrize(
    ("row", "columns"),
    [
        ({"prompt": ASKED, "completion": ANSWERED}, "`prompt` -> `completion`"),
        ({"prompt": ASKED, "response": ANSWERED}, "`prompt` -> `response`"),
        ({"instruction": ASKED, "input": "", "output": ANSWERED}, "`instruction` -> `output`"),
        ({"question": ASKED, "answer": ANSWERED, "id": 3}, "`question` -> `answer`"),
        ({"problem": ASKED, "solution": ANSWERED}, "`problem` -> `solution`"),
        ({"query": ASKED, "response": ANSWERED}, "`query` -> `response`"),
        ({"input": ASKED, "output": ANSWERED}, "`input` -> `output`"),
        ({"messages": [{"role": "user", "content": ASKED}, {"role": "assistant", "content": ANSWERED}]}, "`messages`"),
        (
            {"conversations": [{"from": "human", "value": ASKED}, {"from": "gpt", "value": ANSWERED}]},
            "`conversations`",
        ),
    ],
)
def test_customary_columns_are_found(row: dict[str, Any], columns: str) -> None:
    read = read_row(row, "row 1")
    assert read.columns == columns
    assert read.example.turns == (Turn(role="user", content=ASKED),) and read.example.completion == ANSWERED


def test_the_input_of_an_instruction_follows_it() -> None:
    read = read_row({"instruction": "Add.", "input": "2, 2", "output": "4"}, "row 1")
    assert read.example.turns[0].content == "Add.\n\n2, 2"
    assert read.columns == "`instruction` and `input` -> `output`"


def test_a_folder_is_read_in_order_and_counted_by_columns_licence_and_source(tmp_path: Path) -> None:
    (tmp_path / "data" / "b").mkdir(parents=True)
    rows = [{"question": f"Q{number}?", "answer": "A.", "license": "MIT", "source": "x"} for number in range(3)]
    (tmp_path / "data" / "a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (tmp_path / "data" / "b" / "a.jsonl").write_text(json.dumps({"prompt": "P?", "completion": "C."}) + "\n")
    (tmp_path / "data" / "notes.txt").write_text("not data")
    found = load_examples("data", tmp_path, chat=True, field="f", what="data")
    assert [each.id for each in found.examples] == [
        "example 1 of a.jsonl",
        "example 2 of a.jsonl",
        "example 3 of a.jsonl",
        "example 1 of b/a.jsonl",
    ]
    assert found.columns == {"`question` -> `answer`": 3, "`prompt` -> `completion`": 1}
    assert found.licences == {"MIT": 3} and found.sources == {"x": 3}


def test_the_faults_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "a.jsonl").write_text('{"x": 1}\n')
    (tmp_path / "data" / "b.jsonl").write_bytes(b"\xff\xfe\n")
    (tmp_path / "data" / "c.parquet").write_bytes(b"PAR1 and nothing else")
    with pytest.raises(StudyError, match="3 files cannot be used") as caught:
        load_examples("data", tmp_path, chat=True, field="arms.x.data", what="data")
    first, second, third = caught.value.problems
    assert "line 1" in first and "this one has x" in first
    assert "not UTF-8" in second and "cannot be read" in third


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("empty.jsonl", "", "holds no examples"),
        ("folder", None, "holds no data"),
        ("missing.jsonl", None, "is not there"),
        (
            "answers.jsonl",
            '{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}, '
            '{"role": "assistant", "content": "c"}]}\n',
            "does not hold data",
        ),
    ],
)
def test_what_cannot_be_trained_on_is_refused(tmp_path: Path, name: str, content: str | None, said: str) -> None:
    if content is not None:
        (tmp_path / name).write_text(content)
    elif name == "folder":
        (tmp_path / name).mkdir()
    with pytest.raises(StudyError, match=said) as caught:
        load_examples(name, tmp_path, chat=True, field="arms.x.data", what="data")
    if name == "answers.jsonl":
        assert "follows a turn of the role 'assistant'" in caught.value.problems[0]


def test_a_dataset_that_cannot_be_fetched_is_told_with_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("datasets")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(StudyError, match="owner/none could not be fetched from the hub") as caught:
        load_examples("owner/none", tmp_path, chat=True, field="arms.x.data", what="data")
    assert "`arms.x.data` names no file" in caught.value.problems[0]


def test_references_are_examples_under_their_problems_ids() -> None:
    tests = AssertTests(statements=("assert f(1) == 1",))
    known = Problem(id="a/1", prompt="Return x.", tests=tests, reference="def f(x):\n    return x\n", source="a")
    found = reference_examples("a", [known, known.model_copy(update={"id": "a/2", "reference": None})])
    [only] = found.examples
    assert only.id == "a/1" and only.completion == known.reference and found.sources == {"a": 1}
