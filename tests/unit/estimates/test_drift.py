from __future__ import annotations

import numpy as np
import pytest

from passgap.estimates import mean_interval, paired_mean_delta, paired_median_ratio, paired_ratio
from passgap.records import Estimate, Insufficient


def lengths(seed: int, n: int = 200) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    shared = generator.normal(4.5, 0.6, size=n)
    return np.exp(shared + generator.normal(0, 0.2, n)), 1.1 * np.exp(shared + generator.normal(0, 0.2, n))


def test_ratio_is_the_ratio_of_means_and_inverts_when_the_sides_swap() -> None:
    base, tuned = lengths(1)
    forth, back = paired_ratio(base, tuned), paired_ratio(tuned, base)
    assert isinstance(forth, Estimate) and isinstance(back, Estimate)
    assert forth.value == pytest.approx(tuned.mean() / base.mean())
    assert forth.low == pytest.approx(1 / back.high) and forth.high == pytest.approx(1 / back.low)
    assert forth.unit == "ratio" and forth.low < 1.1 < forth.high


@pytest.mark.parametrize("measure", [paired_ratio, paired_median_ratio])
def test_ratios_do_not_depend_on_the_unit(measure: object) -> None:
    base, tuned = lengths(2)
    plain, scaled = measure(base, tuned), measure(base * 7, tuned * 7)  # type: ignore[operator]
    assert scaled.value == pytest.approx(plain.value)
    assert (scaled.low, scaled.high) == (pytest.approx(plain.low), pytest.approx(plain.high))


def test_ratio_covers_its_truth() -> None:
    generator = np.random.default_rng(3)
    truth, covered, runs = 1.1, 0, 400
    for _ in range(runs):
        rate = generator.beta(1, 4, size=60)
        base, tuned = generator.poisson(20 * rate), generator.poisson(20 * truth * rate)
        got = paired_ratio(base, tuned)
        covered += isinstance(got, Estimate) and got.low <= truth <= got.high
    assert 0.92 <= covered / runs <= 0.995


def test_identical_sides_are_a_ratio_of_one_without_false_certainty() -> None:
    base, _ = lengths(4)
    got = paired_ratio(base, base)
    assert isinstance(got, Estimate)
    assert got.value == 1.0 and got.low < 0.99 and got.high > 1.01


def test_median_ratio_is_deterministic() -> None:
    base, tuned = lengths(5)
    got = paired_median_ratio(base, tuned)
    assert isinstance(got, Estimate)
    assert got == paired_median_ratio(base, tuned)
    assert got.value == pytest.approx(np.median(tuned) / np.median(base))
    assert got.low < got.value < got.high


def test_ratios_to_nothing_are_insufficient() -> None:
    nothing, something = np.zeros(50), np.ones(50)
    alone = np.eye(50)[0]
    for measured in (
        paired_ratio(nothing, something),
        paired_ratio(something, nothing),
        paired_ratio(alone, something),
        paired_median_ratio(nothing, something),
        paired_median_ratio(alone, something),
        paired_ratio(np.ones(5), np.ones(5)),
    ):
        assert isinstance(measured, Insufficient)


def test_bad_pairs_are_refused() -> None:
    with pytest.raises(ValueError, match="same problems"):
        paired_ratio([1.0], [1.0, 2.0])
    with pytest.raises(ValueError, match="0 or more"):
        paired_ratio([-1.0] * 20, [1.0] * 20)
    with pytest.raises(ValueError, match="finite"):
        paired_median_ratio([float("nan")] * 20, [1.0] * 20)


def test_mean_delta_of_bounded_scores() -> None:
    got = paired_mean_delta([10.0] * 60, [40.0] * 60, upper=300.0, unit="tokens")
    assert isinstance(got.delta, Estimate) and isinstance(got.base, Estimate)
    assert got.delta.value == 30.0 and got.delta.unit == got.base.unit == "tokens"
    assert got.p_value is not None and got.p_value < 0.01
    empty = paired_mean_delta([], [])
    assert isinstance(empty.delta, Insufficient) and empty.p_value is None


def test_a_ratio_is_taken_from_ten_problems_on() -> None:
    for ratio in (paired_ratio, paired_median_ratio):
        assert isinstance(ratio([1.0] * 10, [2.0] * 10), Estimate)
        few = ratio([1.0] * 9, [2.0] * 9)
        assert isinstance(few, Insufficient) and few.insufficient == "a ratio needs 10 problems, not 9"


def test_few_problems_are_a_warning_in_the_right_number() -> None:
    one, some, many = (mean_interval([0.5] * n) for n in (1, 49, 50))
    assert isinstance(one, Estimate) and one.warning.startswith("only 1 problem;")
    assert isinstance(some, Estimate) and some.warning.startswith("only 49 problems")
    assert isinstance(many, Estimate) and many.warning == ""


def test_what_has_no_ratio_says_why() -> None:
    one_alone = paired_ratio([0.0] * 11 + [1.0], [1.0] * 12)
    assert isinstance(one_alone, Insufficient)
    assert one_alone.insufficient == "fewer than two problems carry the quantity on one side"
    no_median = paired_median_ratio([0.0] * 11 + [1.0], [1.0] * 12)
    assert isinstance(no_median, Insufficient)
    assert no_median.insufficient == "the median on base is 0, so no ratio to it is defined"
    near_0 = paired_median_ratio([0.0] * 6 + [1.0] * 6, [1.0] * 12)
    assert isinstance(near_0, Insufficient)
    assert near_0.insufficient == "the median on base cannot be told from 0"


@pytest.mark.parametrize(("problems", "warning"), [(49, "only 49 problems"), (50, "")])
def test_a_ratio_over_few_problems_warns(problems: int, warning: str) -> None:
    for ratio in (paired_ratio, paired_median_ratio):
        got = ratio([1.0, *[2.0] * (problems - 1)], [2.0, *[2.0] * (problems - 1)])
        assert isinstance(got, Estimate) and got.warning == warning


def test_the_interval_of_a_ratio_is_wider_where_few_problems_drift() -> None:
    """The pseudo-problems weigh half a problem where ten or fewer differ, and a tenth where fifty or more do."""
    base = [10.0 + number % 7 for number in range(60)]
    few = [base[1], base[0], *base[2:]]
    many = [score * (1.5 if number % 2 else 1.001) for number, score in enumerate(base)]
    for tuned, weight in ((few, 0.5), (many, 0.1)):
        got = paired_ratio(base, tuned)
        assert isinstance(got, Estimate)
        before, after = np.array(base), np.array(tuned)
        left_out = np.log(after.sum() - after) - np.log(before.sum() - before)
        influences = -59 * (left_out - left_out.mean())
        reach = max((before * 60 / before.sum()).max(), (after * 60 / after.sum()).max())
        total = 60 + 2 * weight
        variance = (float((influences**2).sum()) + 2 * weight * reach**2) / (total - 1)
        half = 2.000995 * (variance / total) ** 0.5
        assert np.log(got.high / got.value) == pytest.approx(half, rel=1e-5)
