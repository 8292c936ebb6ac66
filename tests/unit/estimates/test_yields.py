"""Forecast yields: exact against brute force, and their intervals against simulated pools."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from passgap.estimates import Counts, PoolYield, counts_from_columns, idle_steps, pass_at_k
from passgap.estimates.yields import Worth, accepted, at_most, covered, mixed, pairs, subset_mean
from passgap.records import Estimate, Insufficient

WORTHS: dict[str, Worth] = {
    "covered": covered,
    "mixed": mixed,
    "all": accepted(99),
    "capped": accepted(2),
    "one pair": pairs(1),
    "pairs": pairs(99),
}


def counts_of(samples: list[int], correct: list[int]) -> Counts:
    return counts_from_columns([f"p{number:04}" for number in range(len(samples))], samples, correct)


def of_population(rates: np.ndarray, m: int, generator: np.random.Generator) -> Counts:
    return counts_of([m] * len(rates), list(generator.binomial(m, rates)))


def brute_force(outcomes: list[bool], m: int, worth: Worth) -> float:
    """The worth of every subset of ``m`` outcomes, one after the other."""
    values = [worth(m)[sum(subset)] for subset in itertools.combinations(outcomes, m)]
    return math.fsum(values) / len(values)


@given(st.lists(st.booleans(), min_size=1, max_size=9), st.data(), st.sampled_from(sorted(WORTHS)))
def test_a_mean_over_subsets_is_what_all_subsets_give(outcomes: list[bool], data: st.DataObject, name: str) -> None:
    m = data.draw(st.integers(1, len(outcomes)))
    found = subset_mean(np.array([len(outcomes)]), np.array([sum(outcomes)]), m, WORTHS[name])
    assert found[0] == pytest.approx(brute_force(outcomes, m, WORTHS[name]), abs=1e-12)


@given(st.integers(1, 24), st.data())
def test_the_exact_identities_hold(n: int, data: st.DataObject) -> None:
    c, m = data.draw(st.integers(0, n)), data.draw(st.integers(1, n))
    samples, correct = np.array([n]), np.array([c])
    passes = pass_at_k(samples, correct, m)[0]
    all_pass = math.comb(c, m) / math.comb(n, m)
    assert subset_mean(samples, correct, m, covered)[0] == pytest.approx(passes)
    assert subset_mean(samples, correct, m, mixed)[0] == pytest.approx(passes - all_pass)
    assert subset_mean(samples, correct, m, accepted(m))[0] == pytest.approx(m * c / n)


@given(st.integers(1, 16), st.data(), st.sampled_from(sorted(WORTHS)))
def test_fewer_samples_than_asked_for_are_worth_no_more(n: int, data: st.DataObject, name: str) -> None:
    """So a problem with fewer samples is counted with at least what it will give, as the warning says."""
    c, m = data.draw(st.integers(0, n)), data.draw(st.integers(1, n))
    few, many = (subset_mean(np.array([n]), np.array([c]), size, WORTHS[name])[0] for size in (m, n))
    assert few <= many + 1e-12


def test_the_numbers_of_a_known_model() -> None:
    """374 pool problems at pass@4 = 9.9 %: 37 are covered, and at most so many have a pair."""
    generator = np.random.default_rng(3)
    rates = np.where(generator.random(400_000) < 0.8, 0.0, generator.beta(0.5, 2.3, 400_000))
    counts = of_population(rates[:5000], 16, generator)
    made = PoolYield(counts, 374)
    covered_at_4 = made.covered(4)
    assert isinstance(covered_at_4, Estimate)
    truth = 374 * float((1 - (1 - rates) ** 4).mean())
    assert covered_at_4.value == pytest.approx(truth, rel=0.1)
    pairs_at_4 = made.mixed(4)
    assert isinstance(pairs_at_4, Estimate) and pairs_at_4.value < covered_at_4.value


POPULATIONS = {
    "weak": lambda generator, n: np.where(generator.random(n) < 0.7, 0.0, generator.beta(0.5, 3.0, n)),
    "middling": lambda generator, n: generator.beta(0.6, 0.9, n),
    "strong": lambda generator, n: np.where(generator.random(n) < 0.6, 1.0, generator.beta(2.0, 0.7, n)),
}


@pytest.mark.parametrize("population", POPULATIONS)
@pytest.mark.parametrize("problems", [60, pytest.param(374, marks=pytest.mark.slow)])
def test_the_interval_holds_what_another_pool_gives(population: str, problems: int) -> None:
    """131 measured problems with 16 samples; the pool is drawn anew, 4 samples of each problem."""
    generator = np.random.default_rng(11)
    draw = POPULATIONS[population]
    held = {"covered": 0, "mixed": 0, "capped": 0}
    rounds = 300
    for _ in range(rounds):
        made = PoolYield(of_population(draw(generator, 131), 16, generator), problems)
        passes = generator.binomial(4, draw(generator, problems))
        for name, actual in {
            "covered": (passes > 0).sum(),
            "mixed": ((passes > 0) & (passes < 4)).sum(),
            "capped": np.minimum(passes, 2).sum(),
        }.items():
            found = made.total(4, WORTHS[name])
            assert isinstance(found, Estimate)
            held[name] += found.low <= actual <= found.high
    assert all(count >= 0.92 * rounds for count in held.values()), held


@pytest.mark.parametrize(("m", "group"), [(8, 8), (16, 8)])
def test_what_a_prefilter_gains_regresses_to_the_mean(m: int, group: int) -> None:
    """The share among kept problems lies between that of all and its ratio to those kept, and near the truth."""
    generator = np.random.default_rng(5)
    rates = np.where(generator.random(200_000) < 0.6, 0.0, generator.beta(0.5, 3.0, 200_000))
    profile, later = generator.binomial(m, rates), generator.binomial(group, rates)
    kept = (profile > 0) & (profile < m)
    truth = float(((later > 0) & (later < group))[kept].mean())
    made = PoolYield(of_population(rates[:400], 16, generator), 374)
    found, plain, passing = made.prefiltered_share(m, group), made.informative_share(group), made.informative_share(m)
    assert isinstance(found, Estimate) and isinstance(plain, Estimate) and isinstance(passing, Estimate)
    assert found.low <= truth <= found.high
    assert plain.value < found.value <= plain.value / passing.value + 0.02
    assert abs(found.value - truth) < 0.08


def test_steps_without_a_gradient_are_those_whose_groups_all_agree() -> None:
    generator = np.random.default_rng(7)
    counts = of_population(generator.beta(0.3, 3.0, 5000), 16, generator)
    share = PoolYield(counts, 100).informative_share(8)
    idle = idle_steps(share, 4)
    assert isinstance(share, Estimate) and isinstance(idle, Estimate)
    informative = generator.random((20_000, 4)) < share.value
    assert idle.value == pytest.approx(float((~informative.any(axis=1)).mean()), abs=0.01)
    assert idle.low <= idle.value <= idle.high and idle.low == pytest.approx((1 - share.high) ** 4)


def test_the_pools_own_samples_are_known_where_no_more_are_drawn() -> None:
    made = PoolYield(counts_of([4, 4, 4, 4], [0, 1, 4, 2]), 4, own=True)
    known, later = made.covered(4), made.covered(2)
    assert isinstance(known, Estimate) and isinstance(later, Estimate)
    assert (known.low, known.value, known.high) == (3, 3, 3)
    assert later.low < later.value < later.high


def test_problems_with_too_few_samples_are_named() -> None:
    found = PoolYield(counts_of([4, 8, 8], [1, 2, 3]), 30).covered(8)
    assert isinstance(found, Estimate)
    assert "1 of 3 problems have fewer than 8 samples" in found.warning


def test_nothing_measured_foretells_nothing() -> None:
    made = PoolYield(counts_of([0, 0], [0, 0]), 30)
    assert isinstance(made.covered(4), Insufficient)
    assert isinstance(made.informative_share(4), Insufficient)
    assert isinstance(made.prefiltered_share(4, 4), Insufficient)
    assert isinstance(PoolYield(counts_of([4, 4], [0, 4]), 30).prefiltered_share(4, 4), Insufficient)


def test_a_sum_that_is_known_but_for_what_is_dropped() -> None:
    made = PoolYield(counts_of([4] * 40, [2] * 40), 10)
    found = at_most(40, made.accepted(4))
    assert isinstance(found, Estimate)
    assert found.value == found.high == 40 and found.low <= 20
