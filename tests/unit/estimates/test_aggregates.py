"""Aggregates that somebody else counted: each fault is named with its row, and what is optional is zero."""

from __future__ import annotations

from typing import Any

import pytest

from passgap.errors import StudyError
from passgap.estimates import aggregate_faults, counts_from_aggregates


def test_what_is_optional_is_zero_or_unspecified() -> None:
    counts = counts_from_aggregates(
        [
            {"task_id": "b", "n": 4, "c": 4, "unscored": 3, "difficulty": "hard"},
            {"task_id": "a", "n": 0, "c": 0},
            {"task_id": "c", "n": 2, "c": 0, "difficulty": None},
        ]
    )
    assert counts.ids == ("a", "b", "c")
    assert counts.unscored.tolist() == [0, 3, 0]
    assert counts.difficulties == ("unspecified", "hard", "unspecified")
    assert (counts.samples.tolist(), counts.correct.tolist()) == ([0, 4, 2], [0, 4, 0])


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ({"n": 4, "c": 1}, "row 1: has no task_id"),
        ({"task_id": "", "n": 4, "c": 1}, "row 1: has no task_id"),
        ({"task_id": 7, "n": 4, "c": 1}, "row 1: has no task_id"),
        ({"task_id": "a", "c": 1}, "row 1 (a): has no n and c"),
        ({"task_id": "a", "n": 4}, "row 1 (a): has no n and c"),
        ({"task_id": "a", "n": 4.0, "c": 1}, "row 1 (a): n, c and unscored must be whole numbers, not 4.0, 1, 0"),
        ({"task_id": "a", "n": 4, "c": True}, "row 1 (a): n, c and unscored must be whole numbers, not 4, True, 0"),
        ({"task_id": "a", "n": 4, "c": 5}, "row 1 (a): 5 correct of 4 samples (0 unscored); "),
        ({"task_id": "a", "n": 4, "c": -1}, "row 1 (a): -1 correct of 4 samples (0 unscored); "),
        ({"task_id": "a", "n": -1, "c": -1}, "row 1 (a): -1 correct of -1 samples (0 unscored); "),
        ({"task_id": "a", "n": 4, "c": 1, "unscored": -1}, "row 1 (a): 1 correct of 4 samples (-1 unscored); "),
        ({"task_id": "a", "n": 2**53, "c": 1}, "row 1 (a): n and unscored must be below 9,007,199,254,740,992"),
        ({"task_id": "a", "n": 1, "c": 1, "unscored": 2**53}, "row 1 (a): n and unscored must be below"),
    ],
)
def test_a_row_with_a_fault_is_named_with_it(row: dict[str, Any], fault: str) -> None:
    [told] = aggregate_faults([row])
    assert told.startswith(fault)


def test_sizes_up_to_the_bound_are_taken() -> None:
    assert aggregate_faults([{"task_id": "a", "n": 2**53 - 1, "c": 0, "unscored": 2**53 - 1}]) == []


def test_a_problem_that_comes_twice_is_named_with_both_places_and_its_other_fault() -> None:
    rows = [{"task_id": "a", "n": 4, "c": 1}, {"task_id": "b", "n": 1, "c": 1}, {"task_id": "a", "n": 4, "c": 5}]
    assert aggregate_faults(rows, [3, 5, 9]) == [
        "line 9 (a): 5 correct of 4 samples (0 unscored); need 0 <= c <= n and 0 <= unscored; listed already on line "
        "3; give each problem one row"
    ]
    assert aggregate_faults([rows[0], rows[0]]) == ["row 2 (a): listed already on row 1; give each problem one row"]


def test_all_faults_are_refused_together() -> None:
    with pytest.raises(StudyError, match="These are not aggregates of results") as caught:
        counts_from_aggregates([{"task_id": "a"}, {"n": 1}])
    assert len(caught.value.problems) == 2


def test_every_row_needs_its_number() -> None:
    with pytest.raises(ValueError, match=r"shorter|longer"):
        aggregate_faults([{"task_id": "a", "n": 1, "c": 1}], [3, 4])
