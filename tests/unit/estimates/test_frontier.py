"""Two decoding frontiers: interpolated curves, matched quantities, and the distance with its interval."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from passgap.estimates.frontier import (
    FEWEST,
    SweptPoint,
    draw_curves,
    draw_weights,
    estimate_distance,
    mean_distance,
)
from passgap.records import Estimate, Insufficient

EVEN = np.full((1, 4), 0.25)


def point(temperature: float, single: float, wide: float, truncation: tuple[int, float] = (0, 1.0)) -> SweptPoint:
    return SweptPoint(temperature, truncation, np.full(4, single), np.full(4, wide))


BASE = [point(0.0, 0.30, 0.30), point(0.4, 0.26, 0.42), point(0.8, 0.20, 0.50), point(1.2, 0.10, 0.45)]


def best(points: list[SweptPoint], at_least: float) -> float:
    return float(draw_curves(points, EVEN).best(np.array([[at_least]]))[0, 0])


def test_a_measured_decoding_is_found_again_and_colder_ones_are_all_that_less_of_it_asks_for() -> None:
    assert best(BASE, 0.42) == pytest.approx(0.26, abs=0.002)
    assert best(BASE, 0.1) == best(BASE, 0.30) == pytest.approx(0.30)


def test_a_hotter_decoding_that_reaches_as_much_and_solves_less_does_not_count() -> None:
    assert best(BASE, 0.45) > 0.20


def test_beyond_what_any_decoding_reaches_the_widest_one_counts() -> None:
    assert best(BASE, 0.9) == pytest.approx(0.20)


def test_every_truncation_is_a_curve_of_its_own_and_all_share_greedy_decoding() -> None:
    truncated = [*BASE, point(0.8, 0.28, 0.48, (20, 0.8))]
    assert best(truncated, 0.40) > best(BASE, 0.40)
    assert best(truncated, 0.40) > 0.28


def test_the_lowest_temperature_that_reaches_so_much_is_found_or_there_is_none() -> None:
    curves = draw_curves(BASE, EVEN)
    assert curves.coldest(np.array([0.42]))[0] == pytest.approx(0.4, abs=0.02)
    assert np.isnan(curves.coldest(np.array([0.8]))[0])


def test_a_model_that_is_no_other_has_the_distance_zero() -> None:
    curves = draw_curves(BASE, EVEN)
    assert mean_distance(curves, curves)[0] == 0.0


def test_a_model_that_solves_more_everywhere_is_as_far_above_as_it_solves_more() -> None:
    better = [SweptPoint(each.temperature, each.truncation, each.single + 0.05, each.wide) for each in BASE]
    assert mean_distance(draw_curves(better, EVEN), draw_curves(BASE, EVEN))[0] == pytest.approx(0.05)


@pytest.mark.parametrize(
    ("points", "said"),
    [
        ([], "at least one"),
        ([BASE[0], BASE[0], BASE[1]], "greedy"),
        ([BASE[1], BASE[1]], "two points at one decoding"),
    ],
)
def test_points_that_contradict_each_other_are_refused(points: list[SweptPoint], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        draw_curves(points, EVEN)


def random_points(rng: np.random.Generator, problems: int, shift: float = 0.0) -> list[SweptPoint]:
    rates = rng.beta(0.5, 1.5, problems)
    found = []
    for temperature in (0.0, 0.4, 0.8):
        cooled = np.clip(rates - 0.1 * temperature + shift, 0.0, 1.0)
        single = rng.binomial(8, cooled) / 8
        found.append(SweptPoint(temperature, (0, 1.0), single, np.clip(single + 0.3 * temperature, 0.0, 1.0)))
    return found


@settings(max_examples=25)
@given(st.integers(0, 2**32 - 1), st.integers(FEWEST, 60))
def test_the_interval_holds_its_value_and_the_same_data_give_the_same(seed: int, problems: int) -> None:
    rng = np.random.default_rng(seed)
    arm, base = random_points(rng, problems), random_points(rng, problems)
    found = estimate_distance(arm, base, m=8, level=0.95, draws=100)
    assert isinstance(found, Estimate) and -1.0 <= found.low <= found.value <= found.high <= 1.0
    assert found.low < found.high, "no certainty, even where nothing differs"
    assert found == estimate_distance(arm, base, m=8, level=0.95, draws=100)
    wider = estimate_distance(arm, base, m=8, level=0.99, draws=100)
    assert isinstance(wider, Estimate) and wider.low <= found.low and wider.high >= found.high


def test_two_models_of_which_nothing_is_known_are_not_told_apart_with_certainty() -> None:
    nothing = [SweptPoint(each, (0, 1.0), np.zeros(30), np.zeros(30)) for each in (0.0, 0.8)]
    found = estimate_distance(nothing, nothing, m=8, level=0.95, draws=50)
    assert isinstance(found, Estimate)
    assert found.low < -0.02 and found.high > 0.02


def test_too_few_problems_give_no_distance() -> None:
    few = random_points(np.random.default_rng(0), FEWEST - 1)
    assert isinstance(estimate_distance(few, few, m=8, level=0.95), Insufficient)


def test_the_first_draw_is_the_data_and_every_draw_has_as_many_problems() -> None:
    weights = draw_weights(12, 30)
    assert weights.shape == (31, 12) and (weights[0] == 1 / 12).all()
    assert weights.sum(axis=1) == pytest.approx(np.ones(31))
