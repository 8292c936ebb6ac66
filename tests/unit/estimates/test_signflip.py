"""The sign-flip test: its p-values are counts of patterns, whatever the size of the differences."""

from __future__ import annotations

import numpy as np
import pytest

from passgap.estimates import sign_flip_p_values


@pytest.mark.parametrize("flips", [1, 500, 750, 10_000])
def test_every_pattern_is_as_extreme_as_no_change_at_all(flips: int) -> None:
    assert sign_flip_p_values(np.zeros((3, 2)), flips=flips).tolist() == [1.0, 1.0]


def test_without_problems_nothing_differs() -> None:
    assert sign_flip_p_values(np.zeros((0, 2))).tolist() == [1.0, 1.0]


@pytest.mark.parametrize("size", [1e-6, 0.1, 1.0, 15.0])
def test_the_size_of_the_differences_does_not_matter(size: float) -> None:
    """Of 2^30 patterns two are as extreme as thirty changes in one direction: none of ten thousand is drawn."""
    assert sign_flip_p_values(np.full((30, 1), size))[0] == 1 / 10_001


def test_columns_of_different_sizes_and_a_column_of_zeros_do_not_touch_each_other() -> None:
    source = np.random.default_rng(4)
    column = source.normal(0.3, 1.0, size=(24, 1))
    [alone] = sign_flip_p_values(column)
    assert 0.01 < alone < 0.9
    beside = sign_flip_p_values(np.concatenate([1000 * column, np.zeros((24, 1)), column], axis=1))
    assert beside.tolist() == [alone, 1.0, alone]


def test_a_pattern_as_extreme_as_the_observed_one_counts() -> None:
    """Of the four patterns of two equal changes, two have the observed size: half of the draws, and not none."""
    [p] = sign_flip_p_values(np.array([[0.1], [0.1]]))
    assert p == pytest.approx(0.5, abs=0.02)


def test_the_same_data_give_the_same_p_value() -> None:
    data = np.random.default_rng(1).normal(size=(40, 3))
    assert sign_flip_p_values(data).tolist() == sign_flip_p_values(data).tolist()
    assert sign_flip_p_values(data).tolist() != sign_flip_p_values(data, seed=1).tolist()
