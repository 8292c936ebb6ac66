from __future__ import annotations

import itertools
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passgap.estimates import (
    Grouping,
    counts_from_results,
    estimate_pass_at_k,
    majority_at_k,
    mode_bounds,
    mode_correctness,
)
from passgap.records import Estimate, Insufficient, OutcomeKind, Result


def result(task: str, sample: int, label: str, *, behaviour: bool = True, cases: bool = False) -> Result:
    """A sample of behaviour ``label``; ``ok`` passes and ``?`` is unscored."""
    passed = None if label == "?" else label == "ok"
    kind = {True: OutcomeKind.PASSED, False: OutcomeKind.FAILED, None: OutcomeKind.UNSCORED}[passed]
    return Result(
        task_id=task,
        sample=sample,
        passed=passed,
        outcome=kind,
        behaviour=label if behaviour and passed is not None else None,
        cases=("P" if passed else "F") * 3 if cases else None,
    )


def results(problems: dict[str, str], **how: bool) -> list[Result]:
    return [result(task, i, label, **how) for task, row in problems.items() for i, label in enumerate(row.split())]


def brute_majority(labels: list[str], k: int) -> float:
    total = 0.0
    subsets = list(itertools.combinations(labels, k))
    for subset in subsets:
        groups = Counter(subset)
        top = max(groups.values())
        winners = [label for label, size in groups.items() if size == top]
        total += ("ok" in winners) / len(winners)
    return total / len(subsets)


@given(st.lists(st.sampled_from(["ok", "a", "b", "c"]), min_size=1, max_size=9), st.integers(1, 9))
def test_majority_is_the_mean_over_all_subsets(labels: list[str], k: int) -> None:
    k = min(k, len(labels))
    failed = [size for label, size in Counter(labels).items() if label != "ok"]
    assert majority_at_k(labels.count("ok"), failed, k) == pytest.approx(brute_majority(labels, k), abs=1e-12)


def test_majority_of_one_is_the_pass_rate_and_bad_k_is_refused() -> None:
    assert majority_at_k(3, [1] * 13, 1) == pytest.approx(3 / 16)
    assert majority_at_k(3, [2, 2, 9], 8) < majority_at_k(3, [1] * 13, 8)
    for k in (0, 17):
        with pytest.raises(ValueError, match="maj@"):
            majority_at_k(3, [13], k)


PROBLEMS = {"right": "ok ok a b", "wrong": "ok a a b", "tied": "ok a", "always": "ok ok", "never": "a b"}


def test_plurality_counts_contested_problems_alone() -> None:
    got = mode_correctness(results(PROBLEMS), (1, 2))
    assert (got.contested, got.problems) == (3, 5)
    assert isinstance(got.plurality, Estimate) and isinstance(got.sharpening, Estimate)
    assert got.plurality.value == pytest.approx((1 + 0 + 0.5) / 3)
    assert got.sharpening.value == pytest.approx(((1 - 0.5) + (0 - 0.25) + (0.5 - 0.5)) / 5)
    assert got.grouping is Grouping.BEHAVIOUR and got.observed == 1.0


def test_majority_at_one_is_pass_at_one_and_too_large_a_k_is_insufficient() -> None:
    rows = results(PROBLEMS)
    got = mode_correctness(rows, (1, 4))
    single, base = got.majority["maj@1"], estimate_pass_at_k(counts_from_results(rows), 1)
    assert isinstance(single, Estimate) and isinstance(base, Estimate)
    assert single.value == pytest.approx(base.value)
    assert isinstance(got.majority["maj@4"], Insufficient)


def test_without_behaviour_wrong_answers_are_lumped_and_it_is_said() -> None:
    seen = mode_correctness(results({"p": "ok ok a b c"}))
    vector = mode_correctness(results({"p": "ok ok a b c"}, behaviour=False, cases=True))
    bare = mode_correctness(results({"p": "ok ok a b c"}, behaviour=False))
    values = [each.plurality.value for each in (seen, vector, bare) if isinstance(each.plurality, Estimate)]
    assert values == [1.0, 0.0, 0.0]
    assert [each.grouping for each in (seen, vector, bare)] == [Grouping.BEHAVIOUR, Grouping.CASES, Grouping.OUTCOME]
    assert not vector.grouping.can_show_wrong and not bare.grouping.can_show_wrong


def test_normalised_programs_split_what_the_pass_vector_lumps() -> None:
    rows = results({"p": "ok ok a b c"}, behaviour=False, cases=True)
    got = mode_correctness(rows, programs={("p", i): f"digest{i}" for i in range(5)})
    assert isinstance(got.plurality, Estimate) and got.plurality.value == 1.0
    assert got.grouping is Grouping.PROGRAM and not got.grouping.can_show_right


def test_unscored_samples_take_no_part() -> None:
    with_unscored = mode_correctness(results({"p": "ok ? a ? ok"}))
    without = mode_correctness(results({"p": "ok a ok"}))
    assert with_unscored == without


def test_bare_counts_give_the_bound_that_bare_results_give() -> None:
    rows = results({"p": "ok ok a b c", "q": "ok ok ok a b", "r": "a b c d e"}, behaviour=False)
    assert mode_bounds(counts_from_results(rows)) == mode_correctness(rows)


def test_nothing_contested_is_insufficient() -> None:
    got = mode_correctness(results({"p": "ok ok", "q": "a a"}))
    assert isinstance(got.plurality, Insufficient) and got.contested == 0
    empty = mode_correctness([])
    assert isinstance(empty.sharpening, Insufficient) and empty.problems == 0


def test_every_estimate_states_the_fewest_samples_and_the_level() -> None:
    got = mode_correctness(results({"a": "ok ok x y", "b": "ok x x"}), [1, 2], level=0.8)
    for each in (got.plurality, got.sharpening, *got.majority.values()):
        assert isinstance(each, Estimate)
        assert (each.m, each.level) == (3, 0.8)
    nothing = mode_correctness([], [1])
    assert isinstance(nothing.plurality, Insufficient) and isinstance(nothing.majority["maj@1"], Insufficient)
    assert (nothing.majority["maj@1"].n, nothing.majority["maj@1"].m) == (0, 0)


def test_the_observed_share_is_of_the_failing_samples_of_contested_problems() -> None:
    seen = results({"a": "ok x y", "solved": "ok ok", "never": "x x"})
    unseen = results({"b": "ok x x"}, behaviour=False)
    got = mode_correctness([*seen, *unseen])
    assert (got.observed, got.contested, got.grouping) == (0.5, 2, Grouping.OUTCOME)
    assert mode_correctness(results({"solved": "ok ok"})).observed == 0.0
