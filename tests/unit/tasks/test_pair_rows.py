"""Rows of pairs are read by their columns, and a row that is no pair is refused with what it lacks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from passgap.errors import StudyError
from passgap.records import AssertTests, MixedExample, Problem
from passgap.tasks import load_examples
from passgap.tasks.contamination.instruction_data import find_mix_contamination
from passgap.tasks.example_rows import read_pair

PROBLEM = Problem(
    id="held/1",
    prompt="Write a function that counts the vowels of a text.",
    tests=AssertTests(statements=("assert count_vowels('tree') == 2",)),
    entry_point="count_vowels",
    reference="def count_vowels(text):\n    return sum(letter in 'aeiou' for letter in text.lower())\n",
    source="held",
)


def said(content: str, role: str = "assistant") -> dict[str, str]:
    return {"role": role, "content": content}


ASKED = said("Add 1 to x.", "user")

SHAPES: list[dict[str, Any]] = [
    {"prompt": "Add 1 to x.", "chosen": "x + 1", "rejected": "x - 1"},
    {"prompt": [ASKED], "chosen": [said("x + 1")], "rejected": [said("x - 1")]},
    {"prompt": "Add 1 to x.", "chosen": [ASKED, said("x + 1")], "rejected": [ASKED, said("x - 1")], "score": 3},
    {"chosen": [ASKED, said("x + 1")], "rejected": [ASKED, said("x - 1")]},
]


@pytest.mark.parametrize("row", SHAPES, ids=["texts", "messages", "prompt repeated", "prompt left out"])
def test_a_pair_is_read_in_every_customary_shape(row: dict[str, Any]) -> None:
    example = read_pair(row, "pair 1").example
    assert [(turn.role, turn.content) for turn in example.turns] == [("user", "Add 1 to x.")]
    assert (example.completion, example.rejected) == ("x + 1", "x - 1")


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ({"instruction": "a", "output": "b"}, "`prompt` and `chosen` and `rejected` missing; a pair has `prompt`"),
        ({"prompt": "a", "completion": "b"}, "`chosen` and `rejected` missing"),
        ({"chosen": "a", "rejected": "b"}, "`prompt` missing"),
        ({"prompt": "a", "chosen": "b", "rejected": "b"}, "are the same"),
        ({"prompt": "a", "chosen": " ", "rejected": "b"}, "`chosen` is empty"),
        ({"prompt": "a", "chosen": [ASKED], "rejected": "b"}, "`chosen`: one answer of the assistant"),
        ({"prompt": "a", "chosen": "b", "rejected": [said("c"), said("d")]}, "not 2 turns"),
        ({"prompt": [said("hm", "system")], "chosen": "b", "rejected": "c"}, "no user turn"),
    ],
)
def test_a_row_that_is_no_pair_is_refused_with_what_it_lacks(row: dict[str, Any], fault: str) -> None:
    with pytest.raises((ValueError, TypeError), match=fault):
        read_pair(row, "pair 1")


@pytest.mark.parametrize("suffix", ["jsonl", "parquet"])
def test_files_of_pairs_are_read_whole_or_not_at_all(tmp_path: Path, suffix: str) -> None:
    def write(rows: list[dict[str, Any]]) -> None:
        path = tmp_path / f"pairs.{suffix}"
        if suffix == "parquet":
            pq.write_table(pa.Table.from_pylist(rows), path)
        else:
            path.write_text("".join(json.dumps(row) + "\n" for row in rows))

    def load() -> Any:
        return load_examples(
            f"pairs.{suffix}", tmp_path, chat=True, field="arms.dpo.pairs_path", what="pairs", read=read_pair
        )

    write([SHAPES[0], {**SHAPES[0], "rejected": "2"}])
    first = load()
    assert [each.rejected for each in first.examples] == ["x - 1", "2"]
    write([SHAPES[0], {**SHAPES[0], "rejected": "3"}])
    assert load().digest != first.digest, "the worse answer is part of the data"
    write([SHAPES[0], {"prompt": "a", "chosen": "b", "rejected": None}])
    with pytest.raises(StudyError, match="does not hold pairs") as caught:
        load()
    assert "`rejected` missing" in caught.value.problems[0]


def test_a_rejected_answer_that_is_a_held_out_solution_is_contamination() -> None:
    [turn] = read_pair(SHAPES[0], "x").example.turns
    pair = MixedExample(id="pair 1", turns=(turn,), completion="no idea", rejected=PROBLEM.reference)
    assert find_mix_contamination([PROBLEM], [pair]).dirty == {"pair 1"}
    other = pair.model_copy(update={"rejected": "another one"})
    assert find_mix_contamination([PROBLEM], [other]).dirty == set()
