from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from passgap.errors import StudyError
from passgap.estimates import (
    Counts,
    GapAtK,
    PairedDelta,
    PassAtK,
    compare_all,
    counts_from_columns,
    paired_delta,
    paired_gap_delta,
    pass_at_k,
    sign_flip_p_values,
)
from passgap.records import Estimate, Insufficient


def table(correct: list[int], difficulties: list[str] | None = None, prefix: str = "p") -> Counts:
    names = [f"{prefix}{i:04d}" for i in range(len(correct))]
    return counts_from_columns(names, [16] * len(correct), correct, difficulties=difficulties)


pairs = st.lists(st.tuples(st.integers(0, 16), st.integers(0, 16)), min_size=1, max_size=50)


@given(pairs, st.integers(1, 16))
def test_delta_is_the_difference_of_the_two_values(drawn: list[tuple[int, int]], k: int) -> None:
    base, tuned = table([a for a, _ in drawn]), table([b for _, b in drawn])
    got = paired_delta(base, tuned, k)
    assert isinstance(got.delta, Estimate) and isinstance(got.base, Estimate) and isinstance(got.tuned, Estimate)
    expected = (pass_at_k(tuned.samples, tuned.correct, k) - pass_at_k(base.samples, base.correct, k)).mean()
    assert got.delta.value == pytest.approx(expected, abs=1e-12)
    assert got.delta.value == pytest.approx(got.tuned.value - got.base.value, abs=1e-12)
    assert -1.0 <= got.delta.low <= got.delta.value <= got.delta.high <= 1.0
    assert got.delta.unit == "difference"


def test_different_problems_are_refused_with_every_name() -> None:
    with pytest.raises(StudyError) as caught:
        paired_delta(table([1, 2, 3]), table([1, 2], prefix="q"), 1)
    assert "p0000, p0001, p0002" in caught.value.problems[0]
    assert "q0000, q0001" in caught.value.problems[1]


def test_a_missing_difficulty_is_taken_from_the_other_side_and_a_clash_is_refused() -> None:
    base = table([1, 2], difficulties=["easy", "hard"])
    assert list(compare_all(base, table([1, 2])).delta.slices) == ["easy", "hard"]
    with pytest.raises(StudyError, match=r"p0001 \(hard / medium\)"):
        compare_all(base, table([1, 2], difficulties=["easy", "medium"]))


def test_comparison_has_the_shape_of_an_estimate_table() -> None:
    difficulties = ["easy"] * 20 + ["hard"] * 20
    base = table([10] * 20 + [1] * 20, difficulties)
    got = compare_all(base, table([11] * 20 + [4] * 20, difficulties), (1, 16))
    names = ["pass@1", "pass@16", "gap@16"]
    assert list(got.delta.overall) == list(got.p_values.overall) == names
    assert list(got.delta.slices["hard"]) == list(got.p_values.slices["hard"]) == names
    change = got.delta.slices["hard"]["pass@1"]
    assert isinstance(change, Estimate) and change.value == pytest.approx(3 / 16)


@given(pairs, st.sampled_from([1, 8, 16]))
def test_one_quantity_of_a_comparison_is_its_paired_delta(drawn: list[tuple[int, int]], k: int) -> None:
    base, tuned = table([a for a, _ in drawn]), table([b for _, b in drawn])
    compared = compare_all(base, tuned, (1, 8, 16))
    for got, expected in (
        (compared.paired(PassAtK(k)), paired_delta(base, tuned, k)),
        (compared.paired(GapAtK(8)), paired_gap_delta(base, tuned, 8)),
    ):
        assert (got.delta, got.base, got.tuned) == (expected.delta, expected.base, expected.tuned)
        assert got.p_value == pytest.approx(expected.p_value, abs=0.05)
    assert compared.paired(PassAtK(k)).p_value == compared.p_values.overall[f"pass@{k}"]
    with pytest.raises(KeyError, match="pass@4"):
        compared.paired(PassAtK(4))


def test_too_few_samples_are_insufficient_on_both_sides() -> None:
    short = counts_from_columns(["a", "b"], [4, 4], [1, 1])
    got = paired_gap_delta(short, short, 8)
    assert isinstance(got.delta, Insufficient) and got.p_value is None and got.overlap is None


def test_a_problem_unscored_on_one_side_leaves_the_pair_and_is_said() -> None:
    base = counts_from_columns(["a", "b"], [4, 0], [1, 0], unscored=[0, 4])
    got = paired_delta(base, counts_from_columns(["a", "b"], [4, 4], [2, 4]), 1)
    assert isinstance(got.delta, Estimate)
    assert (got.delta.n, got.delta.value, got.delta.unscored) == (1, 0.25, 4)
    assert "left out" in got.delta.warning


def test_overlap_is_reported_beside_a_delta_that_decides() -> None:
    correct = list(np.random.default_rng(1).integers(0, 14, size=120))
    got = paired_delta(table(correct), table([c + 1 for c in correct]), 1)
    assert isinstance(got.delta, Estimate)
    assert got.delta.low > 0 and got.overlap is True


@given(st.lists(st.integers(-4, 4), min_size=1, max_size=9))
def test_sign_flip_approaches_the_exhaustive_test(raw: list[int]) -> None:
    differences = np.array(raw, dtype=float)
    signs = np.array(list(itertools.product([-1.0, 1.0], repeat=len(raw))))
    exact = (np.abs(signs @ differences) >= abs(differences.sum()) - 1e-9).mean()
    got = sign_flip_p_values(differences[:, None])[0]
    assert got == pytest.approx(exact, abs=0.03)
    assert got > 0


def test_sign_flip_is_deterministic_and_shared_by_columns() -> None:
    differences = np.random.default_rng(2).normal(0.2, 1.0, size=(80, 3))
    together = sign_flip_p_values(differences)
    assert together.tolist() == sign_flip_p_values(differences).tolist()
    assert together[1] == pytest.approx(sign_flip_p_values(differences[:, 1:2])[0])


def test_overlap_is_unknown_where_a_side_is_and_touching_ends_overlap() -> None:
    none = Insufficient(insufficient="none", n=0, m=0)

    def side(low: float, high: float) -> Estimate:
        return Estimate(value=(low + high) / 2, low=low, high=high, n=9, m=1, method="x")

    def overlap(base: Estimate | Insufficient, tuned: Estimate | Insufficient) -> bool | None:
        return PairedDelta(delta=none, base=base, tuned=tuned).overlap

    assert overlap(none, side(0.1, 0.2)) is overlap(side(0.1, 0.2), none) is overlap(none, none) is None
    assert overlap(side(0.1, 0.2), side(0.2, 0.3)) is overlap(side(0.2, 0.3), side(0.1, 0.2)) is True
    assert overlap(side(0.1, 0.2), side(0.21, 0.3)) is overlap(side(0.21, 0.3), side(0.1, 0.2)) is False


def test_both_sides_have_the_level_and_the_ks_that_are_asked_for() -> None:
    base, tuned = (counts_from_columns([f"p{n}" for n in range(60)], [16] * 60, [c] * 60) for c in (4, 6))
    pair = paired_delta(base, tuned, 1, level=0.8)
    assert isinstance(pair.base, Estimate) and isinstance(pair.tuned, Estimate) and isinstance(pair.delta, Estimate)
    assert {pair.base.level, pair.tuned.level, pair.delta.level} == {0.8}
    got = compare_all(base, tuned, [1, 2], level=0.8)
    assert list(got.tuned.overall) == list(got.base.overall) == list(got.delta.overall) == ["pass@1", "pass@2", "gap@2"]


def test_what_a_pair_lacks_and_leaves_out_is_told_of_both_sides() -> None:
    base = counts_from_columns(["a", "b", "c"], [4, 0, 4], [1, 0, 2], unscored=[0, 4, 0])
    tuned = counts_from_columns(["a", "b", "c"], [3, 4, 4], [1, 0, 2], unscored=[1, 0, 0])
    lacking = paired_delta(base, tuned, 4).delta
    assert isinstance(lacking, Insufficient)
    assert (lacking.m, lacking.unscored) == (3, 5)
    one = paired_delta(base, tuned, 1).delta
    assert isinstance(one, Estimate)
    assert one.warning.endswith("1 problem without a scored sample on one side or both is left out")


def test_one_scored_sample_is_enough_to_be_compared_and_both_tables_have_the_level() -> None:
    base, tuned = (counts_from_columns([f"p{n}" for n in range(20)], [1] * 20, [c] * 20) for c in (0, 1))
    got = compare_all(base, tuned, [1], level=0.8)
    for table in (got.base, got.tuned, got.delta):
        one = table.overall["pass@1"]
        assert isinstance(one, Estimate) and (one.n, one.level) == (20, 0.8)
