"""The capacity of adapters, and the information in samples."""

from __future__ import annotations

import pytest

from passgap.recipes.capacity import information, lora_capacity

# (parameters, those of adapters of rank 1 on every linear layer, counted from the models' configurations)
MODELS = {
    "SmolLM2-135M": (134.5e6, 305_280),
    "Qwen3-4B": (4.02e9, 2_064_384),
    "Llama-3.1-8B": (8.03e9, 2_621_440),
    "Llama-3.1-70B": (70.6e9, 12_943_360),
}


@pytest.mark.parametrize("name", MODELS)
def test_the_estimate_from_the_models_size_is_near_the_count(name: str) -> None:
    parameters, counted = MODELS[name]
    assert lora_capacity(int(parameters), 16) == pytest.approx(2 * 16 * counted, rel=1 / 3)


def test_capacity_grows_with_the_rank_and_information_with_the_tokens() -> None:
    assert lora_capacity(10**8, 64) == 8 * lora_capacity(10**8, 8)
    assert information(2000) == 2 * information(1000) > 1000
