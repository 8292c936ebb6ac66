"""How many updates a fine-tune takes: against a plain count, one update after another."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passgap.recipes import examples_at_once, examples_seen, updates_of, updates_per_epoch
from passgap.records import TrainConfig


def config(**changes: float) -> TrainConfig:
    return TrainConfig.model_validate({"learning_rate": 1e-5, **changes})


@given(st.integers(0, 300), st.integers(1, 40), st.integers(1, 40))
def test_updates_are_counted_one_after_another(examples: int, batch: int, tenths: int) -> None:
    settings = config(batch_size=batch, epochs=tenths / 10)
    sizes = [min(batch, examples - start) for start in range(0, examples, batch)]
    assert updates_per_epoch(examples, settings) == len(sizes)
    share = Fraction(tenths, 10) * len(sizes)
    taken = 0
    seen = 0
    while taken < share:
        seen += sizes[taken % len(sizes)]
        taken += 1
    assert updates_of(examples, settings) == taken
    assert examples_seen(examples, settings) == seen


@given(st.integers(1, 200), st.integers(1, 64))
def test_what_is_computed_at_once_divides_the_batch_and_fits(batch: int, micro: int) -> None:
    at_once = examples_at_once(config(batch_size=batch, micro_batch_size=micro))
    assert batch % at_once == 0 and at_once <= micro
    assert not any(batch % size == 0 for size in range(at_once + 1, min(micro, batch) + 1))


@pytest.mark.parametrize(("epochs", "updates"), [(1.0, 10), (1.1, 11), (0.05, 1), (2.9, 29), (0.7, 7), (2.05, 21)])
def test_a_share_of_an_epoch_ends_with_a_whole_update(epochs: float, updates: int) -> None:
    assert updates_of(100, config(batch_size=10, epochs=epochs)) == updates
