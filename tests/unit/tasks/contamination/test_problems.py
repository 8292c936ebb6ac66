"""Each rule finds the problems that are too close, and no others."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passgap.errors import StudyError
from passgap.records import AssertTests, Problem
from passgap.tasks import ContaminationRule, clean_pool, find_contamination, load_tasks, task_set
from passgap.tasks.contamination import texts

LONG = "Write a function that takes the list of bookings of a room and returns the first free hour of the day or None"


def problem(name: str, prompt: str, test: str = "assert f(1) == 1", **more: object) -> Problem:
    return Problem.model_validate(
        {
            "id": name,
            "prompt": prompt,
            "entry_point": "f",
            "tests": AssertTests(statements=(test, f"assert f('{name}') is None")),
            "source": "test",
            **more,
        }
    )


def rules(heldout: Problem, pool: Problem) -> set[ContaminationRule]:
    return {each.rule for each in find_contamination([heldout], [pool]).items}


def test_case_space_and_punctuation_hide_nothing() -> None:
    assert ContaminationRule.EXACT in rules(problem("h", "Add one, please!"), problem("p", "add   ONE please"))


def test_thirteen_words_in_a_row_are_found_and_twelve_are_not() -> None:
    words = LONG.split()
    assert rules(problem("h", LONG), problem("p", "Before that: " + " ".join(words[:13]) + " and then stop")) == {
        ContaminationRule.OVERLAP
    }
    assert (
        rules(problem("h", LONG), problem("p", "Quite another " + " ".join(words[:12]) + " task altogether")) == set()
    )


def test_a_near_duplicate_is_found_with_its_true_similarity() -> None:
    near = LONG.replace("bookings", "reservations")
    found = find_contamination([problem("h", LONG)], [problem("p", near)]).items
    scores = [each.score for each in found if each.rule is ContaminationRule.NEAR_DUPLICATE]
    assert scores == [pytest.approx(18 / 24)]  # 21 shingles each, three of which hold the word that was changed


SETS = st.lists(st.lists(st.sampled_from(LONG.split()), min_size=1, max_size=12).map(" ".join), max_size=6)


@given(SETS, SETS)
def test_no_pair_of_similar_texts_is_missed(first: list[str], second: list[str]) -> None:
    heldout, pool = (
        [problem(f"{side}{n}", text) for n, text in enumerate(texts)] for side, texts in (("h", first), ("p", second))
    )
    found = {(e.item, e.matched) for e in find_contamination(heldout, pool).items if e.rule == "near-duplicate"}

    def shingles(text: str) -> set[tuple[str, ...]]:
        words = text.lower().split()
        return {tuple(words[n : n + 3]) for n in range(max(1, len(words) - 2))}

    alike = {
        (one.id, other.id)
        for one in pool
        for other in heldout
        if 10 * len(shingles(one.prompt) & shingles(other.prompt))
        >= 7 * len(shingles(one.prompt) | shingles(other.prompt))
    }
    assert found == alike


def test_large_sets_are_looked_through_by_minhash_with_the_same_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    prompts = [" ".join(f"{word}{n}" for word in LONG.split()) for n in range(4)]
    heldout = [problem(f"h{n}", prompt) for n, prompt in enumerate(prompts)]
    pool = [problem("p0", f"{prompts[0]} indeed"), problem("p1", "Something else entirely, word by word")]
    compared = find_contamination(heldout, pool)
    monkeypatch.setattr(texts, "MINHASH_FROM", 1)
    assert find_contamination(heldout, pool) == compared
    near = [(e.item, e.matched) for e in compared.items if e.rule is ContaminationRule.NEAR_DUPLICATE]
    assert near == [("p0", "h0")]


def test_the_same_tests_under_another_description_are_found() -> None:
    one, two = problem("x", "Count the crates."), problem("x", "How many boxes are there?")
    assert ContaminationRule.SAME_TESTS in rules(one, two)


def test_dates_are_listed_and_remove_nothing() -> None:
    early = problem("h", LONG, date=dt.date(2024, 1, 1))
    log = find_contamination([early], [problem("p", "Something else")], cutoff=dt.date(2025, 1, 1))
    assert [each.rule for each in log.items] == [ContaminationRule.BEFORE_CUTOFF]
    assert log.dirty == frozenset()


def test_dirty_items_leave_the_pool_and_a_wholly_dirty_pool_is_refused() -> None:
    pool = task_set("pool", [problem("a", LONG), problem("b", "Something else entirely")])
    log = find_contamination([problem("h", LONG)], pool.problems)
    assert [each.id for each in clean_pool(pool, log).problems] == ["b"]
    with pytest.raises(StudyError, match="nothing is left"):
        clean_pool(task_set("pool", [problem("a", LONG)]), log)


def test_the_starter_splits_are_clean_of_each_other() -> None:
    heldout, pool = (load_tasks("starter", split=split) for split in ("heldout", "pool"))
    assert find_contamination(heldout.problems, pool.problems).items == ()


@given(st.lists(st.sampled_from(LONG.split()), min_size=1, max_size=30).map(" ".join))
def test_every_text_is_found_in_itself(text: str) -> None:
    assert ContaminationRule.EXACT in rules(problem("h", text), problem("p", text))
