"""When bfloat16 rounds most of a fine-tune away."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from passgap.recipes.rounding import TYPICAL_WEIGHT, farthest_move, rounded_away, spacing
from passgap.records import TrainConfig


def config(**settings: Any) -> TrainConfig:
    return TrainConfig(**{"learning_rate": 2e-5, **settings})


@pytest.mark.parametrize("weight", [0.02, 0.5, 1.0, 1.9, 3e-4])
def test_the_spacing_is_that_of_the_type(weight: float) -> None:
    """A bfloat16 number is the upper half of a float32 one, so its neighbour is 2**16 float32 steps away."""
    bits = np.float32(weight).view(np.uint32) & np.uint32(0xFFFF0000)
    here, next_one = (np.uint32(each).view(np.float32) for each in (bits, bits + np.uint32(0x10000)))
    assert spacing(weight) == pytest.approx(float(next_one) - float(here))


def test_the_distance_is_the_sum_of_the_rates_of_the_schedule() -> None:
    assert farthest_move(config(schedule="constant", warmup_ratio=0.0), 10) == pytest.approx(2e-4)
    assert farthest_move(config(schedule="linear", warmup_ratio=0.0), 100) == pytest.approx(2e-5 * 50.5)
    assert farthest_move(config(warmup_ratio=0.0), 100) == pytest.approx(2e-5 * 50.5)
    assert farthest_move(config(schedule="constant", warmup_ratio=0.5), 10) == pytest.approx(2e-5 * (2.0 + 5.0))
    assert farthest_move(config(), 0) == 0.0


def test_few_small_updates_of_all_weights_are_lost_and_a_usual_fine_tune_is_not() -> None:
    assert rounded_away(config(), 4), "of which 18 % of the gain were kept"
    assert rounded_away(config(learning_rate=1e-6), 50)
    assert not rounded_away(config(), 47)
    assert not rounded_away(config(method="lora", learning_rate=2e-4), 4)
    assert not rounded_away(config(), 0)
    assert spacing(TYPICAL_WEIGHT) == 2.0**-13
