from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import pytest

from passgap.estimates import PlaneData, draw_plane

RNG = np.random.default_rng(4)
RATES = RNG.uniform(0.2, 0.8, 200)


def data(shift: float, *hours: float, spread: float = 0.0, rates: npt.NDArray[np.float64] = RATES) -> PlaneData:
    seeds = len(hours)
    noise = np.random.default_rng([seeds, round(1000 * (shift + 1))]).normal(0.0, 0.1, (seeds, len(rates)))
    return PlaneData(np.clip(rates + shift + noise, 0.0, 1.0), np.array(hours), spread)


def test_what_is_better_and_cheaper_dominates_and_alone_is_on_the_frontier() -> None:
    found = draw_plane([data(0.2, 1.0), data(0.0, 2.0)])
    assert found.dominates(0, 1, 0.0) == 1.0 and found.dominates(1, 0, 0.0) == 0.0
    assert found.on_the_frontier() == (1.0, 0.0)


def test_what_is_better_and_dearer_is_a_trade_off_and_both_are_on_the_frontier() -> None:
    found = draw_plane([data(0.2, 2.0), data(0.0, 1.0)])
    assert found.dominates(0, 1, 0.0) == found.dominates(1, 0, 0.0) == 0.0
    assert found.on_the_frontier() == (1.0, 1.0)


def test_equal_candidates_are_both_on_the_frontier() -> None:
    same = data(0.0, 1.0)
    found = draw_plane([same, same])
    assert found.dominates(0, 1, 0.0) == 1.0 and found.on_the_frontier() == (1.0, 1.0)


def test_the_probability_is_that_of_the_paired_difference_and_of_the_costs() -> None:
    differences = np.random.default_rng(1).normal(0.01, 0.1, 400)
    base = np.full(400, 0.5)
    one = PlaneData(np.array([base + differences]), np.array([1.0]), 0.3)
    other = PlaneData(np.array([base]), np.array([1.2]), 0.0)
    found = draw_plane([one, other], draws=20_000)
    z = differences.mean() / (differences.std() / 20.0)
    better = 0.5 * math.erfc(-z / math.sqrt(2.0))
    cheaper = 0.5 * math.erfc(-math.log(1.2) / 0.3 / math.sqrt(2.0))
    assert found.dominates(0, 1, 0.0) == pytest.approx(better * cheaper, abs=0.015)
    assert found.dominates(0, 1, 1.0) == pytest.approx(cheaper, abs=0.015), "with a margin that nothing exceeds"


def test_the_spread_of_seeds_is_in_both_axes_and_goes_together() -> None:
    """A dear seed is an accurate one here: its two axes are drawn at once."""
    scores = np.array([np.full(50, value) for value in (0.4, 0.5, 0.6)])
    found = draw_plane([PlaneData(scores, np.array([1.0, 2.0, 3.0]))], draws=20_000)
    spread = 0.1 / math.sqrt(3.0)  # standard deviation over the square root of the seeds
    assert found.accuracy.std() == pytest.approx(spread, rel=0.03)
    assert found.cost.std() == pytest.approx(10 * spread, rel=0.03)
    assert np.corrcoef(found.accuracy[:, 0], found.cost[:, 0])[0, 1] == pytest.approx(1.0)


def test_problems_are_the_same_ones_for_every_candidate() -> None:
    one, other = data(0.1, 1.0), data(0.0, 1.0)
    found = draw_plane([one, PlaneData(one.scores - 0.01, other.costs)])
    assert (found.accuracy[:, 0] - found.accuracy[:, 1]).std() < 1e-9 < found.accuracy[:, 0].std()


def test_the_same_data_give_the_same_draws_and_others_are_refused() -> None:
    assert np.array_equal(draw_plane([data(0.1, 1.0)]).accuracy, draw_plane([data(0.1, 1.0)]).accuracy)
    with pytest.raises(ValueError, match="same problems"):
        draw_plane([data(0.1, 1.0), data(0.1, 1.0, rates=RATES[:-1])])
    with pytest.raises(ValueError, match="same seeds"):
        PlaneData(np.zeros((2, 5)), np.ones(3))
