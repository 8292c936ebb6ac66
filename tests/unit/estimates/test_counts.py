from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from passgap.errors import StudyError
from passgap.estimates import (
    Counts,
    compare_all,
    counts_from_aggregates,
    counts_from_columns,
    counts_from_results,
    estimate_all,
)
from passgap.estimates.counts import listed_faults
from passgap.records import Estimate, OutcomeKind, Result


def result(task: str, sample: int, passed: bool | None, difficulty: str = "easy") -> Result:
    kind = {True: OutcomeKind.PASSED, False: OutcomeKind.FAILED, None: OutcomeKind.UNSCORED}[passed]
    return Result(task_id=task, sample=sample, passed=passed, outcome=kind, difficulty=difficulty)


outcomes = st.dictionaries(
    st.text(min_size=1, max_size=4), st.lists(st.sampled_from([True, False, None]), min_size=1), max_size=6
)


@given(outcomes, st.randoms(use_true_random=False))
def test_counting_depends_neither_on_order_nor_loses_a_sample(
    problems: dict[str, list[bool | None]], shuffler: random.Random
) -> None:
    results = [result(task, i, passed) for task, row in problems.items() for i, passed in enumerate(row)]
    shuffler.shuffle(results)
    counts = counts_from_results(results)
    assert counts.ids == tuple(sorted(problems))
    for row, task in enumerate(counts.ids):
        assert counts.samples[row] == sum(each is not None for each in problems[task])
        assert counts.correct[row] == sum(each is True for each in problems[task])
        assert counts.unscored[row] == sum(each is None for each in problems[task])


def test_every_duplicate_is_named() -> None:
    results = [result("a", 0, True), result("a", 0, False), result("b", 1, True), result("b", 1, True)]
    with pytest.raises(StudyError) as caught:
        counts_from_results(results)
    assert len(caught.value.problems) == 2
    assert "a, sample 0" in caught.value.problems[0] and "b, sample 1" in caught.value.problems[1]


def test_one_task_with_two_difficulties_is_refused() -> None:
    with pytest.raises(StudyError, match=r"easy.*hard"):
        counts_from_results([result("a", 0, True), result("a", 1, True, "hard")])


def test_problems_in_several_languages_give_a_slice_of_each() -> None:
    rows = [("a", True, "python", "easy"), ("b", False, "go", "easy"), ("c", True, "go", "hard")]
    made = [
        result(task, sample, passed, difficulty).model_copy(update={"language": language})
        for task, passed, language, difficulty in rows
        for sample in range(2)
    ]
    counts = counts_from_results(made)
    assert counts.languages == ("python", "go", "go") and counts.where(counts.correct > 0).languages == ("python", "go")
    table = estimate_all(counts, [1])
    assert list(table.slices) == ["easy", "hard", "language: go", "language: python"] == list(table.simultaneous)
    values = {name: row["pass@1"] for name, row in table.slices.items()}
    assert [each.value for each in values.values() if isinstance(each, Estimate)] == [0.5, 1.0, 0.5, 1.0]
    alone = estimate_all(counts_from_results([each for each in made if each.language == "go"]), [1])
    assert list(alone.slices) == ["easy", "hard"], "one language is no slice of its own"


def test_a_language_that_one_of_two_logs_lacks_is_taken_from_the_other() -> None:
    plain = counts_from_columns(["a", "b"], [2, 2], [0, 1])
    named = counts_from_columns(["b", "a"], [2, 2], [1, 1], languages=["go", "python"])
    assert set(compare_all(plain, named, [1]).delta.slices) == {"language: go", "language: python"}
    clashing = counts_from_columns(["a", "b"], [2, 2], [0, 1], languages=["python", "rust"])
    with pytest.raises(StudyError, match=r"language differs \(1\): b \(go / rust\)"):
        compare_all(named, clashing, [1])


def test_one_task_in_two_languages_is_refused() -> None:
    with pytest.raises(StudyError, match=r"a: said to be in both 'python' and 'go'"):
        counts_from_results([result("a", 0, True), result("a", 1, True).model_copy(update={"language": "go"})])


def test_aggregates_make_the_table_that_their_samples_make() -> None:
    counts = counts_from_aggregates(
        [{"task_id": "b", "difficulty": "hard", "n": 4, "c": 1}, {"task_id": "a", "n": 2, "c": 2}]
    )
    assert counts.ids == ("a", "b")
    assert counts.difficulties == ("unspecified", "hard")
    assert counts.samples.tolist() == [2, 4] and counts.correct.tolist() == [2, 1]


def test_bad_aggregates_are_all_named() -> None:
    rows = [{"n": 4, "c": 1}, {"task_id": "a", "n": "4", "c": 1}, {"task_id": "b", "n": 4, "c": True}]
    with pytest.raises(StudyError) as caught:
        counts_from_aggregates(rows)
    assert [line.split(":")[0].split(" (")[0] for line in caught.value.problems] == ["row 1", "row 2", "row 3"]


def test_more_correct_than_samples_and_repeated_ids_are_refused() -> None:
    with pytest.raises(StudyError) as caught:
        counts_from_columns(["a", "a", "b"], [4, 4, 4], [1, 1, 5])
    assert len(caught.value.problems) == 2


def test_columns_cannot_be_changed_afterwards() -> None:
    samples = np.array([4])
    counts = Counts(("a",), ("easy",), samples, np.array([1]), np.array([0]))
    samples[0] = 9
    assert counts.samples[0] == 4
    with pytest.raises(ValueError, match="read-only"):
        counts.samples[0] = 9


def test_select_and_slices() -> None:
    counts = counts_from_columns(["c", "a", "b"], [4, 4, 4], [1, 2, 3], difficulties=["hard", "easy", "easy"])
    assert counts.slices == ("easy", "hard")
    assert counts.where(counts.mask("hard")).ids == ("c",)
    assert counts.select(["a", "c"]).correct.tolist() == [2, 1]
    with pytest.raises(StudyError, match="x"):
        counts.select(["a", "x"])


def test_a_problem_without_a_scored_sample_is_counted_as_unmeasured() -> None:
    counts = counts_from_columns(["a", "b", "c"], [0, 1, 2], [0, 1, 1], unscored=[3, 0, 1])
    assert (counts.n, counts.m, counts.unmeasured, counts.total_unscored) == (3, 0, 1, 4)
    kept = counts.measured()
    assert (kept.ids, kept.m, kept.unmeasured) == (("b", "c"), 1, 0) and kept.measured() is kept


@pytest.mark.parametrize(("faults", "last"), [(50, "fault 49"), (51, "and 1 more"), (60, "and 10 more")])
def test_a_message_names_fifty_faults_and_counts_the_rest(faults: int, last: str) -> None:
    told = listed_faults([f"fault {number}" for number in range(faults)])
    assert (told[-1], told[49]) == (last, "fault 49")


def test_slices_stand_in_the_customary_order_then_by_name_and_the_unspecified_last() -> None:
    names = ["unspecified", "zany", "Hard", "competition", "interview", "medium", "introductory", "easy", "apt"]
    counts = counts_from_columns([f"p{n}" for n in range(9)], [1] * 9, [0] * 9, difficulties=names)
    assert counts.slices == (
        "introductory",
        "easy",
        "medium",
        "interview",
        "Hard",
        "competition",
        "apt",
        "zany",
        "unspecified",
    )
