"""The weights that a model computes with while it is trained, for an engine that samples a copy of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from peft.tuners.lora import LoraLayer


def live_weights(model: Any) -> Iterator[tuple[str, torch.Tensor]]:
    """Yield the weights that training changes, each under its name in the base model.

    Low-rank adapters are merged into copies of the weights that they adapt, one at a time: merged in place and taken
    out again, they would leave rounding errors in weights that are frozen.

    Args:
        model: a causal language model of transformers, perhaps with adapters around it.
    """
    if not hasattr(model, "get_base_model"):
        for name, parameter in model.named_parameters():
            yield name, parameter.detach()
        return
    for name, module in model.get_base_model().named_modules():
        if isinstance(module, LoraLayer):
            owner = name.replace(".base_layer", "")  # a module may carry adapters of several of its weights
            yield f"{owner}.{getattr(module, 'parameter_name', 'weight')}", _merged(module)


@torch.no_grad()
def _merged(layer: Any) -> torch.Tensor:
    """A copy of an adapted weight with its adapters merged into it."""
    weight = layer.get_param() if hasattr(layer, "get_param") else layer.get_base_layer().weight
    merged: torch.Tensor = weight.detach().clone()
    for adapter in layer.active_adapters:
        merged += layer.get_delta_weight(adapter)
    return merged
