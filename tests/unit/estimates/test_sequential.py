"""The sequential p-value: spent error, one look as if there were no other, and false alarms over all looks."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import special

from passgap.estimates.sequential import last_error, sequential_p_value, spent

FRACTIONS = (0.25, 0.5, 1.0)


def test_a_single_look_spends_all_of_its_error() -> None:
    assert sequential_p_value([0.03], [1.0]) == 0.03
    assert last_error(0.03, [1.0]) == 0.03
    assert spent(0.05, 1.0) == pytest.approx(0.05)


def test_the_first_of_several_looks_is_read_by_its_part_of_the_error() -> None:
    """At a quarter of the information, z / sqrt(1/4) = 2 z(a / 2) has to be crossed."""
    error = 0.05
    boundary = 2.0 * -float(special.ndtri(error / 2.0))
    assert spent(error, 0.25) == pytest.approx(2.0 * float(special.ndtr(-boundary)))
    crossing = float(spent(error, 0.25))
    assert sequential_p_value([crossing], FRACTIONS) == pytest.approx(error, rel=1e-3)
    assert sequential_p_value([0.04], FRACTIONS) > 0.2


def test_little_is_left_for_the_last_look_to_lose() -> None:
    assert 0.047 < last_error(0.05, FRACTIONS) < 0.05
    assert 0.00149 < last_error(0.0015, FRACTIONS) < 0.0015


@pytest.mark.parametrize("error", [0.05, 0.2])
def test_over_all_looks_it_is_at_most_an_error_as_often_as_that(error: float) -> None:
    """Scores of 4,000 paths without a drift, each looked at three times: 5 % +- 1 %, 20 % +- 2 %."""
    source = np.random.default_rng(3)
    steps = source.normal(size=(4000, 3)) * np.sqrt([0.25, 0.25, 0.5])
    scores = steps.cumsum(axis=1) / np.sqrt(FRACTIONS)
    found = [sequential_p_value(list(special.ndtr(-row)), FRACTIONS) for row in scores]
    share = float(np.mean(np.array(found) <= error))
    assert share == pytest.approx(error, abs=3.0 * np.sqrt(error * (1.0 - error) / 4000))


def test_a_further_look_never_makes_it_larger() -> None:
    once = sequential_p_value([0.001], FRACTIONS)
    twice = sequential_p_value([0.001, 0.9], FRACTIONS)
    assert twice == once
    assert sequential_p_value([0.001, 1e-9], FRACTIONS) < once


def test_nothing_and_everything() -> None:
    assert sequential_p_value([1.0, 1.0, 1.0], FRACTIONS) == 1.0
    assert sequential_p_value([0.0], FRACTIONS) < 1e-9


@pytest.mark.parametrize(
    ("p_values", "fractions"), [([], [1.0]), ([0.1, 0.1], [1.0]), ([0.1], [0.5, 0.5, 1.0]), ([0.1], [0.5])]
)
def test_looks_that_were_not_declared_are_refused(p_values: list[float], fractions: list[float]) -> None:
    with pytest.raises(ValueError, match=r"look|fractions"):
        sequential_p_value(p_values, fractions)
